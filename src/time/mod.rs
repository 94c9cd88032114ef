//! Time: instants as channels, timers and tickers, and bounds for everything that waits.
