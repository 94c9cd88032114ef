//! The macros.
//!
//! Each of the four public macros goes through the same two steps. `__select_arms!` takes one arm
//! after the other and gives each a name and a number from a fixed supply, so that the second step,
//! `__select!`, can write everything with plain repetitions: the cases, the list of them, an `enum`
//! that carries the chosen outcome out of the block in which the handles are borrowed, and the
//! bodies.
//!
//! They are declarative on purpose: a procedural macro would be a second crate that every user has to
//! build first, and this reads better than one.

/// Waits until one of several operations is possible, on a thread, and does it.
///
/// If several are, one is chosen at random, each with the same probability.
/// [`select_async!`](crate::select_async!) does the same inside an async function.
///
/// # Arms
///
/// | arm | ready when | gives |
/// |---|---|---|
/// | `recv(rx) -> msg => ..` | there is a message, or `rx` is disconnected | `Result<T, RecvError>` |
/// | `send(tx, value) -> res => ..` | there is room or a receiver, or `tx` is disconnected | `Result<(), SendError<T>>` |
/// | `wait(op) -> out => ..` | the operation or future is done | its output |
/// | `default => ..` | nothing else is ready | |
/// | `default(timeout) => ..` | nothing else was for that long | |
///
/// A `None` in place of a receiver or sender is never ready: Go's nil channel. Handles are
/// evaluated once, in the order of the arms, and then the timeout. The value of a `send` is evaluated only if its arm is
/// chosen, so a send that loses keeps its value; meanwhile a receiver, or what comes behind in the
/// channel, waits for it, so it should not take long, and must not itself wait for whoever receives it.
/// (What it sends to the same channel may arrive after it.) One arm may name a channel that another one names,
/// also from its other side: a select never meets itself.
///
/// An arm ends in a block, or in an expression and a comma; `break`, `continue`, `return` and `?` work in
/// it. There may be 64. Nothing is allocated.
///
/// # Panics
///
/// Only if an expression or a future in it panics.
///
/// # Examples
///
/// ```
/// use std::thread;
/// use std::time::Duration;
/// use towpath::{bounded, select, unbounded};
///
/// let (jobs, todo) = bounded(0);
/// let (quit, stop) = unbounded::<()>();
/// let worker = thread::spawn(move || {
///     let mut sum = 0;
///     loop {
///         select! {
///             recv(todo) -> job => sum += job.unwrap_or(0),
///             recv(stop) -> _ => break sum,
///             default(Duration::from_secs(60)) => panic!("nobody there"),
///         }
///     }
/// });
/// for job in [1, 2, 3] {
///     jobs.send(job).unwrap();
/// }
/// quit.send(()).unwrap();
/// assert_eq!(worker.join().unwrap(), 6);
/// ```
///
/// A send keeps its value if another arm is chosen:
///
/// ```
/// use towpath::{bounded, select};
///
/// let (tx, rx) = bounded(0);
/// let value = String::from("kept");
/// select! {
///     send(tx, value) -> _ => unreachable!("nobody receives"),
///     default => assert_eq!(value, "kept"),
/// }
/// # drop(rx);
/// ```
#[macro_export]
macro_rules! select {
    ($($arms:tt)*) => {
        $crate::__select_arms!([unsafe select fair] $($arms)*)
    };
}

/// As [`select!`](crate::select!), but of several operations that are possible the first one is
/// chosen. Where another thread is halfway through an operation on an arm's channel, the arms behind it
/// wait for that; a `default` arm does for 20 milliseconds at most, should that thread not get to run.
///
/// # Examples
///
/// ```
/// use towpath::{bounded, select_biased};
///
/// let (urgent, rx1) = bounded(1);
/// let (normal, rx2) = bounded(1);
/// normal.send("normal").unwrap();
/// urgent.send("urgent").unwrap();
/// let first = select_biased! {
///     recv(rx1) -> msg => msg,
///     recv(rx2) -> msg => msg,
/// };
/// assert_eq!(first, Ok("urgent"));
/// ```
#[macro_export]
macro_rules! select_biased {
    ($($arms:tt)*) => {
        $crate::__select_arms!([unsafe select biased] $($arms)*)
    };
}

/// As [`select!`](crate::select!), inside an async function or block, on any executor. Arms may
/// `.await`.
///
/// # Cancel safety
///
/// The surrounding future may be dropped while this waits: no message is lost, and nothing stays
/// queued.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use towpath::{bounded, select_async};
///
/// let (tx, rx) = bounded(0);
/// std::thread::spawn(move || tx.send("from a thread").unwrap());
/// pollster::block_on(async {
///     select_async! {
///         recv(rx) -> msg => assert_eq!(msg, Ok("from a thread")),
///         wait(std::future::pending::<()>()) -> () => unreachable!(),
///         default(Duration::from_secs(60)) => panic!("nobody there"),
///     }
/// });
/// ```
#[macro_export]
macro_rules! select_async {
    ($($arms:tt)*) => {
        $crate::__select_arms!([unsafe select_async fair] $($arms)*)
    };
}

/// As [`select_async!`](crate::select_async!), but of several operations that are possible the first
/// one is chosen.
///
/// # Examples
///
/// ```
/// use towpath::{bounded, select_biased_async};
///
/// let (tx, rx) = bounded(1);
/// pollster::block_on(async {
///     let sent = select_biased_async! {
///         send(tx, 1) -> res => res.is_ok(),
///         recv(rx) -> _ => false,
///     };
///     assert!(sent);
/// });
/// ```
#[macro_export]
macro_rules! select_biased_async {
    ($($arms:tt)*) => {
        $crate::__select_arms!([unsafe select_async biased] $($arms)*)
    };
}

/// Gives each arm a name and a number: `[how] arms` becomes `[how] [named arms] [default arm]`.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_arms {
    // The start.
    ([$($how:tt)*]) => {
        ::core::compile_error!("a select needs at least one arm")
    };
    ([$($how:tt)*] $($arms:tt)+) => {
        $crate::__select_arms! {
            @ [$($how)*] [] [] [
                a0 0 a1 1 a2 2 a3 3 a4 4 a5 5 a6 6 a7 7 a8 8 a9 9 a10 10 a11 11 a12 12 a13 13
                a14 14 a15 15 a16 16 a17 17 a18 18 a19 19 a20 20 a21 21 a22 22 a23 23 a24 24 a25 25
                a26 26 a27 27 a28 28 a29 29 a30 30 a31 31 a32 32 a33 33 a34 34 a35 35 a36 36 a37 37
                a38 38 a39 39 a40 40 a41 41 a42 42 a43 43 a44 44 a45 45 a46 46 a47 47 a48 48 a49 49
                a50 50 a51 51 a52 52 a53 53 a54 54 a55 55 a56 56 a57 57 a58 58 a59 59 a60 60 a61 61
                a62 62 a63 63
            ] $($arms)+
        }
    };

    // The end. The looks at more than eight arms are not inlined: that would be more code than it is worth.
    (
        @ [$($how:tt)*]
        [$a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt $i:tt $($more:tt)*]
        $default:tt $names:tt
    ) => {
        $crate::__select! {
            [$($how)* look_at_arm_of_many] [$a $b $c $d $e $f $g $h $i $($more)*] $default
        }
    };
    (@ [$($how:tt)*] $arms:tt $default:tt $names:tt) => {
        $crate::__select!([$($how)* look_at_arm] $arms $default)
    };

    // The default arm.
    (@ $how:tt $arms:tt [] $names:tt default $(($($timeout:expr)? $(,)?))? => $body:block $(, $($rest:tt)*)?) => {
        $crate::__select_arms!(@ $how $arms [($($($timeout)?)?) $body] $names $($($rest)*)?)
    };
    (@ $how:tt $arms:tt [] $names:tt default $(($($timeout:expr)? $(,)?))? => $body:block $($rest:tt)+) => {
        $crate::__select_arms!(@ $how $arms [($($($timeout)?)?) $body] $names $($rest)+)
    };
    (@ $how:tt $arms:tt [] $names:tt default $(($($timeout:expr)? $(,)?))? => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select_arms!(@ $how $arms [($($($timeout)?)?) $body] $names $($($rest)*)?)
    };

    // An operation.
    (
        @ $how:tt [$($arms:tt)*] $default:tt [$name:ident $number:literal $($names:tt)*]
        $op:ident ($($args:tt)*) -> $out:pat => $body:block $(, $($rest:tt)*)?
    ) => {
        $crate::__select_arms! {
            @ $how [$($arms)* ($name $number $op [$($args)*] ($out) $body)] $default [$($names)*]
            $($($rest)*)?
        }
    };
    (
        @ $how:tt [$($arms:tt)*] $default:tt [$name:ident $number:literal $($names:tt)*]
        $op:ident ($($args:tt)*) -> $out:pat => $body:block $($rest:tt)+
    ) => {
        $crate::__select_arms! {
            @ $how [$($arms)* ($name $number $op [$($args)*] ($out) $body)] $default [$($names)*]
            $($rest)+
        }
    };
    (
        @ $how:tt [$($arms:tt)*] $default:tt [$name:ident $number:literal $($names:tt)*]
        $op:ident ($($args:tt)*) -> $out:pat => $body:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select_arms! {
            @ $how [$($arms)* ($name $number $op [$($args)*] ($out) $body)] $default [$($names)*]
            $($($rest)*)?
        }
    };

    // What nobody can make sense of.
    (@ $how:tt $arms:tt $default:tt $names:tt $($rest:tt)*) => {
        $crate::__select_error!($default $names $($rest)*)
    };
}

/// The select itself.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (
        [$unsafe:tt $run:ident $bias:ident $look:ident]
        [$(($name:ident $number:literal $op:ident $args:tt ($out:pat) $body:expr))*]
        $default:tt
    ) => {{
        enum __TowpathOutcome<$($name),*> {
            $($name($name),)*
            Default,
        }
        use $crate::__select::WaitForFuture as _;
        match ($($crate::__select_case!($op $op $args),)*) {
            ($($name,)*) => match {
                // Before the cases, so that it is dropped should the drop of one of them panic.
                let outcome;
                let mode = $crate::__select_mode!($default);
                'select: {
                    // The arms in a block of their own: what was borrowed stays where it was for as long as
                    // its scope, also once moved away, and so a task's future would hold each twice.
                    let (first, $(mut $name,)*) = {
                        $(let $name = $name;)*
                        if $crate::__select_is_ruled_out!($default $($name)*) {
                            outcome = __TowpathOutcome::Default;
                            break 'select;
                        }
                        let mut first = $crate::__select::FirstRound::$run(
                            $crate::__select_order!($bias [$($number),*]),
                            &[$($crate::__select::Arm::polls(&$name)),*],
                        );
                        while let ::core::option::Option::Some(number) =
                            $crate::__select::FirstRound::next_number(&mut first)
                        {
                            match number {
                                $($number => {
                                    let output = $crate::__select_look!($unsafe $look first $name);
                                    if let ::core::option::Option::Some(output) = output {
                                        outcome = __TowpathOutcome::$name(output);
                                        break 'select;
                                    }
                                })*
                                _ => {}
                            }
                        }
                        (first, $($crate::__select::Arm::case($name),)*)
                    };
                    let cases = $crate::__select::Empty;
                    $(let cases = $crate::__select::With::with(cases, &mut $name);)*
                    outcome = match $crate::__select_run!($unsafe $run cases first mode) {
                        $(::core::option::Option::Some($number) => {
                            __TowpathOutcome::$name($crate::__select::TypedCase::take(&$name))
                        })*
                        _ => __TowpathOutcome::Default,
                    };
                }
                // Without a destructor (the arm that is chosen gives it back its own), so that no
                // handle is borrowed in the other arms.
                match outcome {
                    $(__TowpathOutcome::$name(outcome) => {
                        __TowpathOutcome::$name(::core::mem::ManuallyDrop::new(outcome))
                    })*
                    __TowpathOutcome::Default => __TowpathOutcome::Default,
                }
            } {
                $(__TowpathOutcome::$name(outcome) => {
                    let outcome = ::core::mem::ManuallyDrop::into_inner(outcome);
                    let $out = $crate::__select_complete!($op outcome $args);
                    $body
                })*
                __TowpathOutcome::Default => $crate::__select_default!($default),
            },
        }
    }};
}

/// The case of an arm.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_case {
    // The keyword is the user's own, so that errors point there.
    ($keyword:ident recv [$rx:expr $(,)?]) => {
        $crate::__select::recv_arm((*$crate::__select::Handle::of(&$rx)).$keyword())
    };
    ($keyword:ident send [$tx:expr, $value:expr $(,)?]) => {
        $crate::__select::send_arm((*$crate::__select::Handle::of(&$tx)).$keyword())
    };
    ($keyword:ident wait [$op:expr $(,)?]) => {
        $crate::__select::wait_arm($crate::__select::Awaited($op).$keyword())
    };
    ($keyword:ident recv [$($args:tt)*]) => {
        $crate::__select_error!("expected `recv(receiver)`"; $keyword ($($args)*))
    };
    ($keyword:ident send [$($args:tt)*]) => {
        $crate::__select_error!("expected `send(sender, value)`"; $keyword ($($args)*))
    };
    ($keyword:ident wait [$($args:tt)*]) => {
        $crate::__select_error!("expected `wait(operation)`"; $keyword ($($args)*))
    };
    ($keyword:ident $op:ident [$($args:tt)*]) => {
        $crate::__select_error!("expected `recv(..)`, `send(.., ..)`, `wait(..)` or `default`"; $op)
    };
}

/// The outcome of the chosen arm; a send gets its message here, where no other arm goes.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_complete {
    (send $outcome:ident [$tx:expr, $value:expr $(,)?]) => {
        $crate::__select::complete_send($outcome, $value)
    };
    ($op:ident $outcome:ident $args:tt) => {
        $outcome
    };
}

/// What a select without a ready case does.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_mode {
    ([]) => {
        $crate::__select::Block
    };
    ([() $body:expr]) => {
        $crate::__select::Now
    };
    ([($timeout:expr) $body:expr]) => {
        $crate::__select::Within($timeout)
    };
}

/// In which order the arms are looked at.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_order {
    (fair $numbers:tt) => {
        $crate::__select::AtRandom::of($numbers)
    };
    (biased $numbers:tt) => {
        $crate::__select::InTurn
    };
}

/// Looks at an arm. The keyword `unsafe` comes from the public macros: whoever calls this by hand has to say it, too.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_look {
    ($unsafe:tt $look:ident $first:ident $arm:ident) => {
        // SAFETY: the arm is a variable of the expansion, which nobody else can name, and its select is over once it
        // is possible.
        $unsafe { $crate::__select::FirstRound::$look(&mut $first, &$arm) }
    };
}

/// Waits, as far as the default arm lets it: the number of the chosen arm. `unsafe`: as for the looks.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_run {
    ($unsafe:tt select $cases:ident $first:ident $mode:ident) => {
        // SAFETY: the cases are variables of the expansion, which nobody else can name, chained by it once each, and
        // none was possible when it was looked at; they are dropped where they are. The order was made there, too, for
        // as many.
        $unsafe { $crate::__select::select($cases, $first, $mode) }
    };
    ($unsafe:tt select_async $cases:ident $first:ident $mode:ident) => {
        // SAFETY: as above: they are part of the future around, which is pinned.
        $unsafe { $crate::__select::select_async($cases, $first, $mode) }.await
    };
}

/// True if the default arm is all that is possible: then there is nothing to make cases of.
///
/// The arms are looked at one after the other, so a message that is taken from one while another one
/// gets one could be missed in both. Hence several are looked at twice.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_is_ruled_out {
    ([() $body:expr] $name:ident) => {
        $crate::__select::Arm::is_ruled_out(&$name)
    };
    ([() $body:expr] $($name:ident)*) => {
        $($crate::__select::Arm::is_ruled_out(&$name) &&)*
        $($crate::__select::Arm::is_ruled_out(&$name) &&)* true
    };
    ($default:tt $($name:ident)*) => {
        false
    };
}

/// The body of the default arm.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_default {
    ([]) => {
        ::core::unreachable!("a select without a default arm waits for the others")
    };
    ([$timeout:tt $body:expr]) => {
        $body
    };
}

/// Says what was expected.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_error {
    ($message:literal; $first:ident $($found:tt)*) => {{
        ::core::compile_error!(::core::concat!(
            $message, ", found `", ::core::stringify!($first $($found)*), "`"
        ));
        // There is no such thing, so the compiler points at the arm.
        $crate::__select::expected::$first()
    }};
    ($message:literal; $($found:tt)+) => {
        ::core::compile_error!(::core::concat!(
            $message, ", found `", ::core::stringify!($($found)*), "`"
        ))
    };
    ($message:literal;) => {
        ::core::compile_error!($message)
    };
    // Beside the keyword to match, the user's own to point at.
    (@keyword $default:tt $names:tt $keyword:ident default => $($rest:tt)*) => {
        $crate::__select_error!(@default $default $keyword "expected a body after `=>`" =>)
    };
    (@keyword $default:tt $names:tt $keyword:ident default ($($timeout:tt)*) => $($rest:tt)*) => {
        $crate::__select_error! {
            @default $default $keyword "expected `default(timeout) => body`" ($($timeout)*)
        }
    };
    (@keyword $default:tt $names:tt $keyword:ident default $($rest:tt)*) => {
        $crate::__select_error! {
            @default [] $keyword "expected `default => body` or `default(timeout) => body`" $($rest)*
        }
    };
    (@keyword $default:tt $names:tt $keyword:ident $($rest:tt)*) => {
        $crate::__select_error!(@operation $names $($rest)*)
    };
    (@default [] $keyword:ident $message:literal $($found:tt)*) => {
        $crate::__select_error!($message; $keyword $($found)*)
    };
    (@default $default:tt $keyword:ident $message:literal $($found:tt)*) => {
        $crate::__select_error!("expected one `default` arm, and no other one"; $keyword)
    };
    (@operation [] $($rest:tt)*) => {
        ::core::compile_error!("a select has at most 64 arms")
    };
    (@operation $names:tt $op:ident ($($args:tt)*) -> $out:pat => $(, $($rest:tt)*)?) => {
        $crate::__select_error!(
            "expected a body after `=>`"; $op ($($args)*) -> $out =>
        )
    };
    (@operation $names:tt $op:ident ($($args:tt)*) -> $out:pat $(, $($rest:tt)*)?) => {
        $crate::__select_error!(
            "expected `=> body` after the pattern"; $op ($($args)*) -> $out
        )
    };
    (@operation $names:tt $op:ident ($($args:tt)*) $($rest:tt)*) => {
        $crate::__select_error!(
            "expected `-> pattern => body` after the operation"; $op ($($args)*)
        )
    };
    (@operation $names:tt $($rest:tt)*) => {
        $crate::__select_error!(
            "expected an arm such as `recv(receiver) -> msg => body`"; $($rest)*
        )
    };
    ($default:tt $names:tt $keyword:ident $($rest:tt)*) => {
        $crate::__select_error!(@keyword $default $names $keyword $keyword $($rest)*)
    };
    ($default:tt $names:tt $($rest:tt)*) => {
        $crate::__select_error!(@operation $names $($rest)*)
    };
}
