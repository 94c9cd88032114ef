//! Power series as networks of processes, after Doug McIlroy, "Squinting at Power Series" (1990):
//! each series is a process, each operation a process or a few that ask their operands for
//! coefficients, and some are fed what they make themselves. A tangent is hundreds of processes.
//!
//! A send or receive that is chosen wrongly, twice, or not at all shows as a wrong coefficient or
//! as a hang; a channel that does not tell its peers about its end as a process that stays behind:
//! all have to end once nobody asks for their coefficients any more.

mod rational;
mod series;

use crate::PLACES;
use crate::common::{Me, watchdog};
use rational::{ONE, Rational, ZERO, fraction, whole};
use series::{Series, Works, both};

impl Works {
    /// `make(0) + make(1) x + make(2) x² + …`
    fn terms(&self, make: impl Fn(i128) -> Rational + Send + 'static) -> Series {
        self.start("terms", move |me, _, out| async move {
            for n in 0.. {
                out.put(&me, make(n)).await?;
            }
            Ok(())
        })
    }

    /// 1 / (1 - x)
    fn ones(&self) -> Series {
        self.terms(|_| ONE)
    }

    fn sum(&self, f: Series, g: Series) -> Series {
        self.start("sum", move |me, _, out| async move {
            loop {
                out.asked(&me).await?;
                let (f, g) = both(&me, &f, &g).await?;
                out.give(&me, f + g).await?;
            }
        })
    }

    fn scaled(&self, factor: Rational, f: Series) -> Series {
        self.start("scaled", move |me, _, out| async move {
            loop {
                out.asked(&me).await?;
                let f = f.get(&me).await?;
                out.give(&me, factor * f).await?;
            }
        })
    }

    fn difference(&self, f: Series, g: Series) -> Series {
        self.sum(f, self.scaled(whole(-1), g))
    }

    /// `first + x f`. The first coefficient does not wait for `f`, so that `f` may depend on it.
    fn shifted(&self, first: Rational, f: Series) -> Series {
        self.start("shifted", move |me, _, out| async move {
            out.put(&me, first).await?;
            out.copy(&me, &f).await
        })
    }

    fn derivative(&self, f: Series) -> Series {
        self.start("derivative", move |me, _, out| async move {
            out.asked(&me).await?;
            f.get(&me).await?;
            for n in 1.. {
                let f = f.get(&me).await?;
                out.give(&me, whole(n) * f).await?;
                out.asked(&me).await?;
            }
            Ok(())
        })
    }

    fn integral(&self, constant: Rational, f: Series) -> Series {
        self.start("integral", move |me, _, out| async move {
            out.put(&me, constant).await?;
            for n in 1.. {
                out.asked(&me).await?;
                let f = f.get(&me).await?;
                out.give(&me, f * fraction(1, n)).await?;
            }
            Ok(())
        })
    }

    /// (f + xF)(g + xG) = fg + x (fG + gF + xFG): each coefficient starts another product.
    fn product(&self, f: Series, g: Series) -> Series {
        self.start("product", move |me, works, out| async move {
            out.asked(&me).await?;
            let (first_f, first_g) = both(&me, &f, &g).await?;
            out.give(&me, first_f * first_g).await?;
            let (f, rest_f) = works.fork(f);
            let (g, rest_g) = works.fork(g);
            let mixed = works.sum(works.scaled(first_f, g), works.scaled(first_g, f));
            let rest = works.shifted(ZERO, works.product(rest_f, rest_g));
            out.copy(&me, &works.sum(mixed, rest)).await
        })
    }

    /// e to the power of `f`, whose first coefficient is 0: the integral of itself times f'.
    fn exponential(&self, f: Series) -> Series {
        self.fed_back("exponential", move |works, itself| {
            works.integral(ONE, works.product(itself, works.derivative(f)))
        })
    }

    /// 1 / (f + xF) = (1 - x (F / (f + xF))) / f
    fn reciprocal(&self, f: Series) -> Series {
        self.start("reciprocal", move |me, works, out| async move {
            out.asked(&me).await?;
            let first = ONE / f.get(&me).await?;
            let quotient = works.fed_back("quotient", move |works, itself| {
                let rest = works.scaled(-first, works.product(f, itself));
                works.shifted(first, rest)
            });
            out.give(&me, quotient.get(&me).await?).await?;
            out.copy(&me, &quotient).await
        })
    }

    /// F(G) with G = x H: f + x (H F'(G)), where F' is the rest of F.
    fn composed(&self, f: Series, g: Series) -> Series {
        self.start("composed", move |me, works, out| async move {
            out.asked(&me).await?;
            out.give(&me, f.get(&me).await?).await?;
            let (g, rest) = works.fork(g);
            rest.get(&me).await?;
            out.copy(&me, &works.product(rest, works.composed(f, g)))
                .await
        })
    }

    /// The R with F(R) = x, for F = x H: x / H(R).
    fn reverse(&self, f: Series) -> Series {
        self.fed_back("reverse", move |works, itself| {
            let rest = works.start("rest", move |me, _, out| async move {
                f.get(&me).await?;
                out.copy(&me, &f).await
            });
            works.shifted(ZERO, works.reciprocal(works.composed(rest, itself)))
        })
    }

    /// A series that is made from itself.
    fn fed_back(
        &self,
        name: &'static str,
        make: impl FnOnce(&Works, Series) -> Series + Send + 'static,
    ) -> Series {
        let (itself, back) = self.loop_line(name);
        let (out, again) = self.fork_back(make(self, itself));
        back(again);
        out
    }

    /// A series that is told later what it is.
    fn loop_line(&self, name: &'static str) -> (Series, impl FnOnce(Series) + use<>) {
        let (tell, told) = towpath::bounded(1);
        let series = self.start(name, move |me, _, out| async move {
            let series: Series = me.recv(&told).await?;
            out.copy(&me, &series).await
        });
        (series, move |again| drop(tell.send(again)))
    }

    /// 1 / (1 + x²)
    fn alternating_squares(&self) -> Series {
        self.terms(|n| match n % 4 {
            0 => ONE,
            2 => whole(-1),
            _ => ZERO,
        })
    }

    fn arc_tangent(&self) -> Series {
        self.integral(ZERO, self.alternating_squares())
    }

    fn tangent(&self) -> Series {
        self.reverse(self.arc_tangent())
    }
}

/// Fails with the first terms that differ.
async fn check(me: &Me, name: &'static str, series: Series, expected: &[Rational]) {
    let mut found = Vec::new();
    while found.len() < expected.len() {
        me.at(name, found.len() as u64);
        found.extend(series.get(me).await.ok());
    }
    assert_eq!(found, expected, "{name}");
}

fn wholes(terms: impl IntoIterator<Item = i128>) -> Vec<Rational> {
    terms.into_iter().map(whole).collect()
}

fn factorial(n: i128) -> i128 {
    (1..=n).product()
}

async fn simple_series(me: &Me, works: &Works) {
    let ones = || works.ones();
    let twos = || works.sum(works.ones(), works.ones());
    check(me, "ones", ones(), &wholes([1; 10])).await;
    check(me, "twos", twos(), &wholes([2; 10])).await;
    check(me, "sum", works.sum(ones(), twos()), &wholes([3; 10])).await;
    check(
        me,
        "scaled",
        works.scaled(whole(-1), ones()),
        &wholes([-1; 10]),
    )
    .await;
    check(
        me,
        "difference",
        works.difference(ones(), twos()),
        &wholes([-1; 10]),
    )
    .await;
    check(me, "derivative", works.derivative(ones()), &wholes(1..=10)).await;
    let integral: Vec<_> = (0..10)
        .map(|n| if n == 0 { ZERO } else { fraction(1, n) })
        .collect();
    check(me, "integral", works.integral(ZERO, ones()), &integral).await;
    let triangular = (1..=10).map(|n| n * (n + 1) / 2);
    let cubed = works.product(works.product(ones(), ones()), ones());
    check(
        me,
        "product",
        works.product(ones(), ones()),
        &wholes(1..=10),
    )
    .await;
    check(me, "product of three", cubed, &wholes(triangular)).await;
}

async fn series_made_from_themselves(me: &Me, works: &Works) {
    let x = || works.shifted(ZERO, works.terms(|n| if n == 0 { ONE } else { ZERO }));
    let inverse_factorials: Vec<_> = (0..10).map(|n| fraction(1, factorial(n))).collect();
    check(me, "e^x", works.exponential(x()), &inverse_factorials).await;
    let reciprocal = works.reciprocal(works.ones());
    check(
        me,
        "1 - x",
        reciprocal,
        &wholes([1, -1, 0, 0, 0, 0, 0, 0, 0, 0]),
    )
    .await;
    // 1 / (1 - y) with -x for y.
    let composed = works.composed(works.ones(), works.scaled(whole(-1), x()));
    let signs = [1, -1, 1, -1, 1, -1, 1, -1];
    check(me, "1 / (1 + x)", composed, &wholes(signs)).await;
    // The reverse of x / (1 - x) is x / (1 + x).
    let reverse = works.reverse(works.shifted(ZERO, works.ones()));
    check(me, "reverse", reverse, &wholes([0, 1, -1, 1, -1, 1, -1, 1])).await;
}

async fn tangent(me: &Me, works: &Works) {
    let arc_tangent = [
        ZERO,
        ONE,
        ZERO,
        fraction(-1, 3),
        ZERO,
        fraction(1, 5),
        ZERO,
        fraction(-1, 7),
        ZERO,
        fraction(1, 9),
    ];
    check(me, "arc tangent", works.arc_tangent(), &arc_tangent).await;
    let tangent = [
        ZERO,
        ONE,
        ZERO,
        fraction(1, 3),
        ZERO,
        fraction(2, 15),
        ZERO,
        fraction(17, 315),
        ZERO,
        fraction(62, 2835),
    ];
    check(me, "tangent", works.tangent(), &tangent).await;
}

#[test]
fn power_series_have_the_right_coefficients_and_end() {
    for place in PLACES {
        watchdog(60, move |crew| {
            let works = Works::new(crew, place);
            let mathematician = move |me: Me| async move {
                simple_series(&me, &works).await;
                series_made_from_themselves(&me, &works).await;
                tangent(&me, &works).await;
            };
            crew.act(place, format!("series at {place:?}"), mathematician)
                .join();
        });
    }
}
