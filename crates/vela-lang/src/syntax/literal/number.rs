//! How far a number literal goes, and whether it is one.

/// Measures the number at the start of `text`, which begins with a digit or with `.` and a digit.
/// Yields its length and what is wrong with it.
pub(crate) fn scan_number(text: &str) -> (usize, Option<&'static str>) {
    let mut scan = NumberScan { bytes: text.as_bytes(), at: 0, error: None };
    scan.number();
    (scan.at, scan.error)
}

struct NumberScan<'t> {
    bytes: &'t [u8],
    at: usize,
    error: Option<&'static str>,
}

impl NumberScan<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn fail(&mut self, message: &'static str) {
        self.error.get_or_insert(message);
    }

    /// Digits and underscores; whether there was a digit.
    fn digits(&mut self, accepts: fn(&u8) -> bool) -> bool {
        let from = self.at;
        while accepts(&self.peek()) || self.peek() == b'_' {
            self.at += 1;
        }
        let run = &self.bytes[from..self.at];
        if run.ends_with(b"_") || run.windows(2).any(|w| w == b"__") {
            self.fail("illegal '_' in number");
        }
        run.iter().any(accepts)
    }

    fn number(&mut self) {
        if self.peek() == b'0' {
            let (accepts, message): (fn(&u8) -> bool, _) = match self.bytes.get(1) {
                Some(b'x' | b'X') => (u8::is_ascii_hexdigit, "illegal hexadecimal number"),
                Some(b'b') => (|b| matches!(b, b'0' | b'1'), "illegal binary number"),
                Some(b'o') => (|b| matches!(b, b'0'..=b'7'), "illegal octal number"),
                _ => return self.decimal(),
            };
            self.at = 2;
            if !self.digits(accepts) {
                self.fail(message);
            }
            while self.peek().is_ascii_alphanumeric() && self.error.is_some() {
                self.at += 1;
            }
            return;
        }
        self.decimal();
    }

    fn decimal(&mut self) {
        let mut float = false;
        self.digits(u8::is_ascii_digit);
        let whole = &self.bytes[..self.at];
        let leading_zero = whole.len() > 1 && whole[0] == b'0';
        if self.peek() == b'.' && self.bytes.get(self.at + 1) != Some(&b'.') {
            float = true;
            self.at += 1;
            self.digits(u8::is_ascii_digit);
        }
        match self.peek() {
            b'e' | b'E' => {
                float = true;
                self.at += 1;
                if matches!(self.peek(), b'+' | b'-') {
                    self.at += 1;
                }
                if !self.digits(u8::is_ascii_digit) {
                    self.fail("illegal exponent in number");
                }
            }
            b'K' | b'M' | b'G' | b'T' | b'P' => {
                self.at += 1;
                if self.peek() == b'i' {
                    self.at += 1;
                }
            }
            _ => {}
        }
        if leading_zero && !float {
            self.fail("illegal integer number");
        }
    }
}
