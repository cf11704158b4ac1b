//! The top frames of a stack, in the form that several languages print.
//!
//! A frame is its function and the name of its file. Lines and columns are left out, for they move
//! with every release; so are frames of runtimes and libraries while there are others.

use super::cut;
use super::mask::mask;

/// Frames that tell kinds apart.
const TOP: usize = 3;

/// Lines of a stack that are looked at.
const MAX_LINES: usize = 200;

/// The longest frame, in bytes.
const MAX_FRAME: usize = 120;

/// Parts of the paths and functions that nobody of the team wrote.
const FOREIGN: [&str; 18] = [
    "node:",
    "node_modules/",
    "internal/",
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    "<frozen ",
    "/rustc/",
    "/.cargo/",
    "/usr/lib/",
    "/usr/local/go/",
    "/go/pkg/mod/",
    "/gems/",
    "java.",
    "jdk.",
    "System.",
    "std::",
    "core::",
];

#[derive(Debug, Default, PartialEq, Eq)]
struct Frame<'a> {
    function: &'a str,
    file: &'a str,
}

/// The top frames of a stack, innermost first; none where it is no stack.
pub(super) fn top(stack: &str) -> Vec<String> {
    let lines: Vec<&str> = stack.lines().take(MAX_LINES).collect();
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut innermost_last = false;
    for (number, line) in lines.iter().enumerate() {
        let line = line.trim();
        if let Some(file) = line.strip_prefix("at ").and_then(place_alone)
            && let Some(last) = frames.last_mut().filter(|last| last.file.is_empty())
        {
            // Rust prints the place of a function on a line of its own.
            last.file = file;
        } else if let Some(frame) = python(line) {
            innermost_last = true;
            frames.push(frame);
        } else if let Some(frame) = at(line).or_else(|| rust(line)).or_else(|| firefox(line)) {
            frames.push(frame);
        } else if let Some(file) = lines.get(number + 1).and_then(|next| go(line, next)) {
            frames.push(file);
        }
    }
    if innermost_last {
        frames.reverse();
    }
    let own = frames.iter().any(|frame| !frame.is_foreign());
    let kept = frames.iter().filter(|frame| !own || !frame.is_foreign());
    kept.take(TOP).map(Frame::text).collect()
}

impl Frame<'_> {
    fn is_foreign(&self) -> bool {
        FOREIGN.iter().any(|part| {
            self.file.contains(part) || (!part.contains('/') && self.function.starts_with(part))
        })
    }

    fn text(&self) -> String {
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or(self.file);
        let name = name.split('?').next().unwrap_or(name);
        // Bundlers put a hash into names.
        let masked = mask(name);
        let name = if masked.contains("<id>") {
            masked.as_str()
        } else {
            name
        };
        // The compiler ends names with a hash of the build.
        let function = match self.function.rsplit_once("::h") {
            Some((function, hash)) if hash.len() == 16 => function,
            _ => self.function,
        };
        let text = match (function, name) {
            ("", name) => name.to_owned(),
            (function, "") => function.to_owned(),
            (function, name) => format!("{function} ({name})"),
        };
        cut(&text, MAX_FRAME).to_owned()
    }
}

/// JavaScript, Java, C#: `at function (place)`, `at place`, `at function in place:line 5`.
fn at(line: &str) -> Option<Frame<'_>> {
    let rest = line.strip_prefix("at ")?;
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let rest = rest.strip_prefix("new ").unwrap_or(rest);
    if let Some((function, place)) = rest.rsplit_once(") in ") {
        let function = function.split('(').next().unwrap_or(function);
        let file = place.split(":line ").next().unwrap_or(place);
        return Some(Frame { function, file });
    }
    match rest
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
    {
        Some((function, place)) => Some(Frame {
            function: function.trim_end(),
            file: without_line(place),
        }),
        None => place_alone(rest).map(|file| Frame { function: "", file }),
    }
}

/// Python: `File "place", line 5, in function`.
fn python(line: &str) -> Option<Frame<'_>> {
    let (file, rest) = line.strip_prefix("File \"")?.split_once("\", line ")?;
    let function = rest
        .split_once(", in ")
        .map_or("", |(_, function)| function);
    Some(Frame { function, file })
}

/// Rust: `3: function`, and the place on the next line.
fn rust(line: &str) -> Option<Frame<'_>> {
    let (number, function) = line.split_once(": ")?;
    let fits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let function = function.trim();
    (fits && function.contains("::")).then_some(Frame { function, file: "" })
}

/// Firefox and Safari: `function@place:5:7`.
fn firefox(line: &str) -> Option<Frame<'_>> {
    let (function, place) = line.split_once('@')?;
    let file = place_alone(place)?;
    (!function.contains(' ')).then_some(Frame { function, file })
}

/// Go: `function(arguments)`, and the place on the next line, after a tab.
fn go<'a>(line: &'a str, next: &'a str) -> Option<Frame<'a>> {
    let function = line.strip_suffix(')')?.rsplit_once('(')?.0;
    let place = next.strip_prefix('\t')?;
    let file = place_alone(place.split(" +0x").next().unwrap_or(place))?;
    Some(Frame { function, file })
}

/// The file of a place that has a line.
fn place_alone(place: &str) -> Option<&str> {
    let file = without_line(place);
    (file.len() < place.len()).then_some(file)
}

/// A place without `:line` and `:column` at its end.
fn without_line(place: &str) -> &str {
    let cut = |place: &'_ str| {
        let (file, number) = place.rsplit_once(':')?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (digits && !file.is_empty()).then_some(file.len())
    };
    let once = cut(place).map_or(place, |end| &place[..end]);
    cut(once).map_or(once, |end| &once[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_of_many_languages() {
        for (stack, frames) in [
            (
                "TypeError: x is no function\n    at async Foo.bar (/app/src/foo.ts:218:15)\n    \
                 at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n    \
                 at new Baz (/app/node_modules/baz/index.js:1:2)\n    at /app/src/main.js:5:3\n",
                &["Foo.bar (foo.ts)", "main.js"][..],
            ),
            (
                "at a (node:internal/x:1:2)\nat b (node:internal/y:1:2)",
                &["a (x)", "b (y)"],
            ),
            (
                "Traceback (most recent call last):\n  File \"/app/main.py\", line 5, in main\n    \
                 run()\n  File \"/app/run.py\", line 9, in run\nValueError: no",
                &["run (run.py)", "main (main.py)"],
            ),
            (
                "java.lang.IllegalStateException: no\n\tat java.util.List.get(List.java:5)\n\tat \
                 com.acme.Job.run(Job.java:12)\n\tat com.acme.Main.main(Main.java:3)",
                &[
                    "com.acme.Job.run (Job.java)",
                    "com.acme.Main.main (Main.java)",
                ],
            ),
            (
                "System.Exception: no\n   at Acme.Job.Run(String name) in /src/Job.cs:line 12",
                &["Acme.Job.Run (Job.cs)"],
            ),
            (
                "panicked\n   0: std::panicking::begin\n   1: acme::job::run::h0123456789abcdef\n             \
                 at ./src/job.rs:12:5\n",
                &["acme::job::run (job.rs)"],
            ),
            (
                "panic: no\n\ngoroutine 1 [running]:\nmain.run(0xc0, 0x1)\n\t/app/run.go:12 +0x1d\n",
                &["main.run (run.go)"],
            ),
            ("run@https://x.y/app2.js:5:7\n", &["run (app2.js)"]),
            ("f (main.8f3kd92a.js:1:2)", &[]),
            ("at f (main.8f3kd92a.js:1:2)", &["f (main.<id>.js)"]),
            ("no stack at all: 5", &[]),
            ("mail to a@b.c", &[]),
            ("", &[]),
        ] {
            assert_eq!(top(stack), frames, "{stack}");
        }
    }

    #[test]
    fn a_stack_of_any_length_has_three_frames() {
        let frame = |number| format!("    at f{number} (/app/a.ts:1:2)\n");
        let stack: String = (0..10_000).map(frame).collect();
        assert_eq!(top(&stack), ["f0 (a.ts)", "f1 (a.ts)", "f2 (a.ts)"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(stack in "(at |File \"|[(@:\n\t]|[a-z0-9é]){0,40}") {
            assert!(top(&stack).len() <= TOP);
        }
    }
}
