//! Orders with and without express delivery: `select_biased!` takes the urgent ones first, and the
//! order to stop before all of them, on a thread and in a task.
//!
//! ```text
//! cargo run --release --example priority_select
//! ```

use std::thread;

use towpath::{Receiver, bounded, select_biased, select_biased_async, unbounded};

const ORDERS: usize = 1000;

#[derive(Debug, PartialEq, Eq)]
enum Order {
    Express(usize),
    Ordinary(usize),
}

/// What the packers go by.
#[derive(Clone)]
struct Desk {
    strike: Receiver<()>,
    express: Receiver<Order>,
    ordinary: Receiver<Order>,
}

#[tokio::main]
async fn main() {
    let (call, strike) = bounded(1);
    let (express, express_orders) = unbounded();
    let (ordinary, ordinary_orders) = unbounded();
    let desk = Desk {
        strike,
        express: express_orders,
        ordinary: ordinary_orders,
    };

    // The ordinary orders come first, and yet they are packed last.
    ordinary
        .send_many((0..ORDERS).map(Order::Ordinary))
        .unwrap();
    express.send_many((0..ORDERS).map(Order::Express)).unwrap();
    let packed = pack(&desk, ORDERS + 10);
    let first: Vec<_> = (0..ORDERS).map(Order::Express).collect();
    assert_eq!(packed[..ORDERS], first);
    assert_eq!(packed[ORDERS], Order::Ordinary(0));

    // With both packers at work nothing is lost, and each of them packs in that order.
    express.send_many((0..ORDERS).map(Order::Express)).unwrap();
    let at_desk = desk.clone();
    let thread = thread::spawn(move || pack(&at_desk, ORDERS));
    let task = tokio::spawn(pack_async(desk.clone(), ORDERS - 10));
    let (by_thread, by_task) = (thread.join().unwrap(), task.await.unwrap());
    for packed in [&by_thread, &by_task] {
        assert!(packed.is_sorted_by_key(|order| matches!(order, Order::Ordinary(_))));
    }
    println!(
        "{} packed by a thread, {} by a task",
        by_thread.len(),
        by_task.len()
    );
    assert!(desk.express.is_empty() && desk.ordinary.is_empty());

    // Nobody packs during a strike, whatever lies there.
    express.send(Order::Express(0)).unwrap();
    call.close();
    assert_eq!(pack(&desk, 1), []);
    assert_eq!(pack_async(desk, 1).await, []);
}

/// Packs so many orders, or until a strike is called.
fn pack(desk: &Desk, count: usize) -> Vec<Order> {
    let mut packed = Vec::new();
    while packed.len() < count {
        select_biased! {
            recv(desk.strike) -> _ => break,
            recv(desk.express) -> order => packed.push(order.unwrap()),
            recv(desk.ordinary) -> order => packed.push(order.unwrap()),
        }
    }
    packed
}

/// The same in a task.
async fn pack_async(desk: Desk, count: usize) -> Vec<Order> {
    let mut packed = Vec::new();
    while packed.len() < count {
        select_biased_async! {
            recv(desk.strike) -> _ => break,
            recv(desk.express) -> order => packed.push(order.unwrap()),
            recv(desk.ordinary) -> order => packed.push(order.unwrap()),
        }
    }
    packed
}
