//! Dot plots on a logarithmic axis, as SVG that follows the reader's light or dark theme.

use std::fmt::Write;

/// What a dot stands for, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anybody else.
    Other,
    /// What the machine allows.
    Floor,
    /// The best of the others.
    Best,
    /// This library.
    Ours,
}

#[derive(Clone, Debug)]
pub struct Dot {
    pub value: f64,
    pub kind: Kind,
    /// Shown where the pointer rests.
    pub label: String,
}

/// A line of dots.
#[derive(Clone, Debug)]
pub struct Line {
    pub label: String,
    pub dots: Vec<Dot>,
    /// Text at the right end.
    pub note: String,
    /// Whether the note is bad news.
    pub marked: bool,
}

#[derive(Clone, Debug)]
pub struct DotPlot {
    pub title: String,
    /// What the axis counts.
    pub unit: String,
    /// Explains the dots.
    pub legend: Vec<(Kind, &'static str)>,
    /// Values to draw a vertical line at.
    pub guides: Vec<f64>,
    pub lines: Vec<Line>,
}

const WIDTH: f64 = 920.0;
const LEFT: f64 = 230.0;
const RIGHT: f64 = 720.0;
const TOP: f64 = 74.0;
const PITCH: f64 = 18.0;

const STYLE: &str = "
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.quiet { fill: #59636e; }
.marked { fill: #b3261e; font-weight: 600; }
.sheet { fill: #ffffff; }
.grid { stroke: #d9dde2; }
.guide { stroke: #59636e; stroke-dasharray: 4 3; }
.other { fill: #b4bcc6; }
.floor { fill: none; stroke: #59636e; stroke-width: 1.5; }
.best { fill: #1f6feb; }
.ours { fill: #d9480f; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .quiet { fill: #9aa4af; }
  .marked { fill: #ff8a80; }
  .sheet { fill: #0d1117; }
  .grid { stroke: #2b313a; }
  .guide { stroke: #9aa4af; }
  .other { fill: #59636e; }
  .floor { stroke: #9aa4af; }
  .best { fill: #58a6ff; }
  .ours { fill: #ff9142; }
}
";

impl DotPlot {
    /// The file. Values that are not positive numbers have no place on the axis and are left out.
    pub fn draw(&self) -> String {
        let axis = Axis::around(self.values());
        let height = TOP + PITCH * self.lines.len() as f64 + 34.0;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n\
             <rect class=\"sheet\" width=\"100%\" height=\"100%\"/>\n",
            escape(&self.title)
        );
        text(&mut out, 16.0, 24.0, "title", "start", &self.title);
        self.draw_legend(&mut out);
        self.draw_axis(&mut out, &axis, height - 30.0);
        for (place, line) in self.lines.iter().enumerate() {
            let y = TOP + PITCH * (place as f64 + 0.5);
            draw_line(&mut out, &axis, line, y);
        }
        out + "</svg>\n"
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let dots = self.lines.iter().flat_map(|line| &line.dots);
        dots.map(|dot| dot.value).chain(self.guides.iter().copied())
    }

    fn draw_legend(&self, out: &mut String) {
        let mut x = 22.0;
        for (kind, name) in &self.legend {
            circle(out, x, 44.0, *kind, name);
            text(out, x + 10.0, 48.0, "quiet", "start", name);
            x += 30.0 + 6.6 * name.len() as f64;
        }
        text(out, RIGHT, 48.0, "quiet", "end", &self.unit);
    }

    fn draw_axis(&self, out: &mut String, axis: &Axis, bottom: f64) {
        for value in axis.ticks() {
            let x = axis.x(value);
            upright(out, x, bottom, "grid");
            text(out, x, bottom + 16.0, "quiet", "middle", &tick(value));
        }
        for value in &self.guides {
            upright(out, axis.x(*value), bottom, "guide");
        }
    }
}

fn draw_line(out: &mut String, axis: &Axis, line: &Line, y: f64) {
    text(out, LEFT - 14.0, y + 4.0, "", "end", &line.label);
    // What matters most comes last, and so on top.
    for kind in [Kind::Other, Kind::Floor, Kind::Best, Kind::Ours] {
        let dots = line.dots.iter().filter(|dot| dot.kind == kind);
        for dot in dots.filter(|dot| is_drawable(dot.value)) {
            circle(out, axis.x(dot.value), y, kind, &dot.label);
        }
    }
    let class = if line.marked { "marked" } else { "quiet" };
    text(out, RIGHT + 16.0, y + 4.0, class, "start", &line.note);
}

fn is_drawable(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// From values to places, by their logarithms.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64>) -> Self {
        let logs = values.filter(|value| is_drawable(*value)).map(f64::log10);
        let (low, high) = logs.fold((f64::MAX, f64::MIN), |(low, high), log| {
            (low.min(log), high.max(log))
        });
        if low > high {
            return Axis {
                low: 0.0,
                high: 1.0,
            };
        }
        let margin = ((high - low) * 0.03).max(0.05);
        Axis {
            low: low - margin,
            high: high + margin,
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (value.log10() - self.low) / (self.high - self.low)
    }

    /// Round numbers inside the axis: powers of ten, and between them 2 and 5 where there is room.
    fn ticks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.high - self.low > 3.0 {
            &[1.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        let all = decades.flat_map(|decade| steps.iter().map(move |s| s * 10f64.powi(decade)));
        all.filter(|value| (self.low..=self.high).contains(&value.log10()))
            .collect()
    }
}

fn tick(value: f64) -> String {
    match value {
        _ if value >= 1e6 => format!("{} M", (value / 1e6).round()),
        _ if value >= 1e4 => format!("{} k", (value / 1e3).round()),
        // As short as the number is: 0.05, 0.5, 20.
        _ => format!("{}", (value * 1e6).round() / 1e6),
    }
}

fn upright(out: &mut String, x: f64, bottom: f64, class: &str) {
    let _ = writeln!(
        out,
        "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\"/>",
        TOP - 6.0
    );
}

fn circle(out: &mut String, x: f64, y: f64, kind: Kind, label: &str) {
    let (class, radius) = match kind {
        Kind::Other => ("other", 3.5),
        Kind::Floor => ("floor", 4.0),
        Kind::Best => ("best", 4.5),
        Kind::Ours => ("ours", 5.5),
    };
    let _ = writeln!(
        out,
        "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"><title>{}</title>\
         </circle>",
        escape(label)
    );
}

fn text(out: &mut String, x: f64, y: f64, class: &str, anchor: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escape(words)
    );
}

fn escape(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            other => out.push(other),
        }
    }
    out
}
