//! Paths as text: clean, joined, relative.

/// The path without `.`, `..` and doubled slashes, as far as that can be said from the text alone.
///
/// ```
/// use vela_lang::module::clean;
/// assert_eq!(clean("/a/./b//../c/"), "/a/c");
/// assert_eq!(clean("../x/.."), "..");
/// assert_eq!(clean(""), ".");
/// ```
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// `path` as seen from `base`; an absolute path stays.
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') { clean(path) } else { clean(&format!("{base}/{path}")) }
}

/// How an absolute path is called in `base`: `./a/b`, `../b`, or as it is where they share nothing.
///
/// ```
/// use vela_lang::module::relative;
/// assert_eq!(relative("/w/x", "/w/x/a.cue"), "./a.cue");
/// assert_eq!(relative("/w/x", "/w/a.cue"), "../a.cue");
/// assert_eq!(relative("/w/x", "/tmp/a.cue"), "/tmp/a.cue");
/// ```
pub fn relative(base: &str, path: &str) -> String {
    let base: Vec<&str> = base.split('/').filter(|p| !p.is_empty()).collect();
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let shared = base.iter().zip(&parts).take_while(|(a, b)| a == b).count();
    if shared == 0 && !base.is_empty() {
        return path.to_owned();
    }
    let up = base.len() - shared;
    let rest = parts[shared..].join("/");
    match (up, rest.is_empty()) {
        (0, true) => ".".to_owned(),
        (0, false) => format!("./{rest}"),
        (_, true) => vec![".."; up].join("/"),
        (_, false) => format!("{}/{rest}", vec![".."; up].join("/")),
    }
}
