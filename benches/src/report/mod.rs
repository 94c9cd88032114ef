//! What the user gets to see: tables on the terminal, CSV, and the page in `docs/`.

mod csv;
mod markdown;
mod terminal;

pub use self::csv::csv;
pub use self::markdown::markdown;
pub use self::terminal::{summary, table};

use crate::stats::{Table, geometric_mean};

/// `towpath`'s ratios in one group of scenarios.
struct GroupRatios<'a> {
    group: &'a str,
    ratios: Vec<f64>,
}

impl GroupRatios<'_> {
    fn mean(&self) -> f64 {
        geometric_mean(&self.ratios).unwrap_or(f64::NAN)
    }

    fn ahead(&self) -> usize {
        self.ratios.iter().filter(|ratio| **ratio >= 1.0).count()
    }
}

/// One entry per group, in the order of the tables, and a last one for all of them; none if
/// nothing was compared.
fn ratios_by_group(tables: &[Table]) -> Vec<GroupRatios<'_>> {
    let mut groups: Vec<GroupRatios> = Vec::new();
    for table in tables {
        let Some(ratio) = table.our_ratio() else {
            continue;
        };
        match groups.iter_mut().find(|known| known.group == table.group) {
            Some(known) => known.ratios.push(ratio),
            None => groups.push(GroupRatios {
                group: &table.group,
                ratios: vec![ratio],
            }),
        }
    }
    let all = groups
        .iter()
        .flat_map(|group| group.ratios.iter().copied())
        .collect();
    groups.push(GroupRatios {
        group: "all",
        ratios: all,
    });
    groups
}

/// Nanoseconds with three significant digits or so.
fn ns(value: f64) -> String {
    if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}
