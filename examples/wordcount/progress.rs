//! The bar on stderr; nothing is drawn when stderr is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

const TEMPLATE: &str = "{msg:>9} [{wide_bar}] {decimal_bytes}/{decimal_total_bytes} \
                        {decimal_bytes_per_sec} {elapsed}";

pub(crate) fn bar(message: &'static str, bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(TEMPLATE).expect("the template is well formed");
    ProgressBar::new(bytes)
        .with_style(style.progress_chars("=> "))
        .with_message(message)
}
