//! Package `path`: paths as text, for the operating system that the last argument names.

mod pattern;

use super::args::{Outcome, failed, function, string, strings, text, text_elements};
use super::host::{Fault, Host, Kind, Member, Package, Param, Val};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "path",
    members: &[
        Member::Constant("Unix", "\"unix\""),
        Member::Constant("Windows", "\"windows\""),
        Member::Constant("Plan9", "\"plan9\""),
        function("Split", &[PATH, OS], Kind::LIST, split),
        function("SplitList", &[PATH, OS_REQUIRED], Kind::LIST, split_list),
        function("Join", &[Param::new("elem", Kind::LIST), OS], Kind::STRING, join),
        function("Match", &[PATTERN, NAME, O], Kind::BOOL, matches),
        function("Clean", &[PATH, OS], Kind::STRING, clean),
        function("ToSlash", &[PATH, OS_REQUIRED], Kind::STRING, to_slash),
        function("FromSlash", &[PATH, OS_REQUIRED], Kind::STRING, from_slash),
        function("Ext", &[PATH, OS], Kind::STRING, ext),
        function("Resolve", &[DIR, SUB, OS], Kind::STRING, resolve),
        function("Rel", &[BASE, TARGET, OS], Kind::STRING, rel),
        function("Base", &[PATH, OS], Kind::STRING, base),
        function("Dir", &[PATH, OS], Kind::STRING, dir),
        function("IsAbs", &[PATH, OS], Kind::BOOL, is_abs),
        function("VolumeName", &[PATH, OS_WINDOWS], Kind::STRING, volume_name),
    ],
};

const BASE: Param = Param::new("basepath", Kind::STRING);
const DIR: Param = Param::new("dir", Kind::STRING);
const NAME: Param = Param::new("name", Kind::STRING);
const O: Param = Param::optional("o", "unix");
const OS: Param = Param::optional("os", "unix");
const OS_REQUIRED: Param = Param::new("os", Kind::STRING);
const OS_WINDOWS: Param = Param::optional("os", "windows");
const PATH: Param = Param::new("path", Kind::STRING);
const PATTERN: Param = Param::new("pattern", Kind::STRING);
const SUB: Param = Param::new("sub", Kind::STRING);
const TARGET: Param = Param::new("targpath", Kind::STRING);

/// How an operating system writes paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Os {
    Unix,
    Windows,
    Plan9,
}

/// The names of systems with the paths of Unix.
const UNIX_NAMES: [&str; 16] = [
    "unix",
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "solaris",
    "zos",
];

/// The operating system that an argument names.
fn os(args: &[Val], at: usize, function: &str) -> Result<Os, Fault> {
    match text(args, at)? {
        "windows" => Ok(Os::Windows),
        "plan9" => Ok(Os::Plan9),
        name if UNIX_NAMES.contains(&name) => Ok(Os::Unix),
        other => {
            let unix: Vec<String> =
                UNIX_NAMES[1..].iter().map(|name| format!("\"{name}\"")).collect();
            let default = if function == "VolumeName" { ("", "*") } else { ("*", "") };
            Err(Fault::Plain(format!(
                "cannot use {} as {}\"unix\" | {}\"windows\" | \"plan9\" | {} in argument {} to path.{function}",
                crate::encoding::json::escaped(other),
                default.0,
                default.1,
                unix.join(" | "),
                at + 1
            )))
        }
    }
}

impl Os {
    fn separator(self) -> char {
        if self == Os::Windows { '\\' } else { '/' }
    }

    fn is_separator(self, character: char) -> bool {
        character == '/' || self == Os::Windows && character == '\\'
    }

    /// The length of the drive (`C:`) or share (`\\host\share`) that a path begins with.
    fn volume(self, path: &str) -> usize {
        if self != Os::Windows {
            return 0;
        }
        let bytes = path.as_bytes();
        let slash = |at: usize| bytes.get(at).is_some_and(|byte| matches!(byte, b'/' | b'\\'));
        if bytes.len() >= 2 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic() {
            return 2;
        }
        if bytes.len() < 5 || !slash(0) || !slash(1) || slash(2) || bytes[2] == b'.' {
            return 0;
        }
        let Some(host_end) = (3..bytes.len() - 1).find(|at| slash(*at)) else { return 0 };
        let share = host_end + 1;
        if slash(share) || bytes[share] == b'.' {
            return 0;
        }
        (share..bytes.len()).find(|at| slash(*at)).unwrap_or(bytes.len())
    }

    fn with_separators(self, path: &str) -> String {
        path.replace('/', &self.separator().to_string())
    }

    /// The shortest path of the same meaning.
    fn clean(self, path: &str) -> String {
        let (volume, rest) = path.split_at(self.volume(path));
        if rest.is_empty() {
            // A share stands for its root; a drive for its current directory.
            return if volume.len() > 2 {
                self.with_separators(path)
            } else {
                format!("{volume}.")
            };
        }
        let rooted = rest.starts_with(|c| self.is_separator(c));
        let mut parts: Vec<&str> = Vec::new();
        for part in rest.split(|c| self.is_separator(c)) {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                ".." if rooted => {}
                part => parts.push(part),
            }
        }
        let separator = self.separator().to_string();
        let body = parts.join(&separator);
        let volume = self.with_separators(volume);
        match (rooted, body.is_empty()) {
            (true, _) => format!("{volume}{separator}{body}"),
            (false, true) => format!("{volume}."),
            (false, false) => format!("{volume}{body}"),
        }
    }

    /// Directory with its separator, and file.
    fn split(self, path: &str) -> (&str, &str) {
        let volume = self.volume(path);
        let found = path[volume..].rfind(|c| self.is_separator(c));
        path.split_at(found.map_or(volume, |at| volume + at + 1))
    }

    fn is_abs(self, path: &str) -> bool {
        match self {
            Os::Unix => path.starts_with('/'),
            Os::Plan9 => path.starts_with(['/', '#']),
            Os::Windows => {
                let volume = self.volume(path);
                volume > 0 && path[volume..].starts_with(['/', '\\'])
            }
        }
    }

    fn join(self, elements: &[&str]) -> String {
        let Some(first) = elements.iter().position(|element| !element.is_empty()) else {
            return String::new();
        };
        let elements = &elements[first..];
        let separator = self.separator().to_string();
        if self != Os::Windows {
            return self.clean(&elements.join(&separator));
        }
        let (head, tail) = (elements[0], &elements[1..]);
        if head.len() == 2 && head.ends_with(':') {
            // Relative to the current directory of a drive: no separator behind it.
            let filled = tail.iter().position(|element| !element.is_empty());
            let tail = filled.map_or(String::new(), |at| tail[at..].join(&separator));
            return self.clean(&format!("{head}{tail}"));
        }
        let joined = self.clean(&elements.join(&separator));
        let is_share = |path: &str| self.volume(path) > 2;
        let clean_head = self.clean(head);
        if !is_share(&joined) || is_share(&clean_head) {
            return joined;
        }
        // Only a first element may name a share.
        let tail = self.clean(&tail.join(&separator));
        if clean_head.ends_with(&separator) {
            format!("{clean_head}{tail}")
        } else {
            format!("{clean_head}{separator}{tail}")
        }
    }

    fn same(self, a: &str, b: &str) -> bool {
        if self == Os::Windows { a.to_lowercase() == b.to_lowercase() } else { a == b }
    }

    /// The way from `base` to `target`; `None` where only the file system could tell.
    fn rel(self, base: &str, target: &str) -> Option<String> {
        let (base, target) = (self.clean(base), self.clean(target));
        if self.same(&base, &target) {
            return Some(".".to_owned());
        }
        let (base_volume, base) = base.split_at(self.volume(&base));
        let (target_volume, target) = target.split_at(self.volume(&target));
        let separator = self.separator();
        let base = if base == "." { "" } else { base };
        if base.starts_with(separator) != target.starts_with(separator)
            || !self.same(base_volume, target_volume)
        {
            return None;
        }
        let parts = |path: &str| -> Vec<String> {
            path.split(separator).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let (base, target) = (parts(base), parts(target));
        let common = base.iter().zip(&target).take_while(|(a, b)| self.same(a, b)).count();
        if base.get(common).is_some_and(|part| part == "..") {
            return None;
        }
        let up = std::iter::repeat_n("..", base.len() - common);
        let down = target[common..].iter().map(String::as_str);
        Some(up.chain(down).collect::<Vec<_>>().join(&separator.to_string()))
    }
}

fn split(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (dir, file) = os(args, 1, "Split")?.split(text(args, 0)?);
    strings(host, [dir.to_owned(), file.to_owned()])
}

fn split_list(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (list, os) = (text(args, 0)?, os(args, 1, "SplitList")?);
    if list.is_empty() {
        return Ok(host.list(Vec::new()));
    }
    host.charge(list.len())?;
    let parts: Vec<String> = match os {
        Os::Unix => list.split(':').map(str::to_owned).collect(),
        Os::Plan9 => list.split('\0').map(str::to_owned).collect(),
        Os::Windows => {
            let mut quoted = false;
            let parts = list.split(|c| {
                quoted ^= c == '"';
                c == ';' && !quoted
            });
            parts.map(|part| part.replace('"', "")).collect()
        }
    };
    strings(host, parts)
}

fn join(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (elements, os) = (text_elements(host, args, 0)?, os(args, 1, "Join")?);
    let elements: Vec<&str> = elements.iter().map(AsRef::as_ref).collect();
    host.charge(elements.iter().map(|element| element.len() + 1).sum())?;
    Ok(string(os.join(&elements)))
}

fn matches(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (pattern, name, os) = (text(args, 0)?, text(args, 1)?, os(args, 2, "Match")?);
    host.charge(pattern.len().saturating_mul(name.len().max(1)))?;
    if pattern.contains("**") {
        return failed("'**' is not supported in patterns as of yet");
    }
    match pattern::matches(pattern, name, os) {
        Some(matched) => Ok(Val::Bool(matched)),
        None => failed("syntax error in pattern"),
    }
}

fn clean(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(os(args, 1, "Clean")?.clean(text(args, 0)?)))
}

fn to_slash(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let separator = os(args, 1, "ToSlash")?.separator().to_string();
    Ok(string(text(args, 0)?.replace(&separator, "/")))
}

fn from_slash(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(os(args, 1, "FromSlash")?.with_separators(text(args, 0)?)))
}

fn ext(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (path, os) = (text(args, 0)?, os(args, 1, "Ext")?);
    let file = path.rsplit(|c| os.is_separator(c)).next().unwrap_or_default();
    Ok(string(file.rfind('.').map_or("", |at| &file[at..])))
}

fn resolve(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (dir, sub, os) = (text(args, 0)?, text(args, 1)?, os(args, 2, "Resolve")?);
    if os.is_abs(sub) {
        return Ok(string(os.clean(sub)));
    }
    Ok(string(os.clean(&os.join(&[dir, sub]))))
}

fn rel(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (base, target) = (text(args, 0)?, text(args, 1)?);
    match os(args, 2, "Rel")?.rel(base, target) {
        Some(path) => Ok(string(path)),
        None => failed(format!("Rel: can't make {target} relative to {base}")),
    }
}

fn base(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (path, os) = (text(args, 0)?, os(args, 1, "Base")?);
    if path.is_empty() {
        return Ok(string("."));
    }
    let path = path.trim_end_matches(|c| os.is_separator(c));
    let path = &path[os.volume(path)..];
    let file = path.rsplit(|c| os.is_separator(c)).next().unwrap_or_default();
    Ok(if file.is_empty() { string(os.separator().to_string()) } else { string(file) })
}

fn dir(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (path, os) = (text(args, 0)?, os(args, 1, "Dir")?);
    let (volume, rest) = path.split_at(os.volume(path));
    let end = rest.rfind(|c| os.is_separator(c)).map_or(0, |at| at + 1);
    let dir = os.clean(&rest[..end]);
    Ok(string(if dir == "." && volume.len() > 2 {
        volume.to_owned()
    } else {
        format!("{volume}{dir}")
    }))
}

fn is_abs(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(os(args, 1, "IsAbs")?.is_abs(text(args, 0)?)))
}

fn volume_name(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (path, os) = (text(args, 0)?, os(args, 1, "VolumeName")?);
    Ok(string(&path[..os.volume(path)]))
}
