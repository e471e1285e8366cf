//! File name patterns: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` where it is no separator.

use super::Os;

/// A piece of a pattern.
enum Piece {
    /// `*`: any run of characters that are no separators.
    Star,
    /// `?`
    Any,
    /// `[…]`
    Class(bool, Vec<(char, char)>),
    /// A character.
    Literal(char),
}

/// Whether the whole name matches; `None` for a malformed pattern.
pub(super) fn matches(pattern: &str, name: &str, os: Os) -> Option<bool> {
    let pieces = pieces(pattern, os)?;
    let name: Vec<char> = name.chars().collect();
    let (mut piece, mut at) = (0, 0);
    // Where the last star stands, and up to where it reaches by now.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let matched = match (pieces.get(piece), name.get(at)) {
            (Some(Piece::Star), _) => {
                star = Some((piece, at));
                piece += 1;
                continue;
            }
            (None, None) => return Some(true),
            (Some(Piece::Any), Some(c)) => *c != os.separator(),
            (Some(Piece::Literal(own)), Some(c)) => own == c,
            (Some(Piece::Class(negated, ranges)), Some(c)) => {
                ranges.iter().any(|(low, high)| low <= c && c <= high) != *negated
            }
            _ => false,
        };
        if matched {
            piece += 1;
            at += 1;
            continue;
        }
        match star {
            Some((place, reach)) if name.get(reach).is_some_and(|c| *c != os.separator()) => {
                star = Some((place, reach + 1));
                piece = place + 1;
                at = reach + 1;
            }
            _ => return Some(false),
        }
    }
}

fn pieces(pattern: &str, os: Os) -> Option<Vec<Piece>> {
    let escapes = os != Os::Windows;
    let mut rest = pattern.chars().peekable();
    let mut pieces = Vec::new();
    while let Some(character) = rest.next() {
        pieces.push(match character {
            '*' => Piece::Star,
            '?' => Piece::Any,
            '\\' if escapes => Piece::Literal(rest.next()?),
            '[' => {
                let negated = rest.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    if !ranges.is_empty() && rest.next_if_eq(&']').is_some() {
                        break;
                    }
                    let mut end = || match rest.next()? {
                        '-' | ']' => None,
                        '\\' if escapes => rest.next(),
                        other => Some(other),
                    };
                    let low = end()?;
                    let high = if rest.next_if_eq(&'-').is_some() {
                        match rest.next()? {
                            '-' | ']' => return None,
                            '\\' if escapes => rest.next()?,
                            other => other,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Piece::Class(negated, ranges)
            }
            other => Piece::Literal(other),
        });
    }
    Some(pieces)
}
