//! Checksums: of values, and of logs, where each record's covers all before it.
//!
//! The store below finds what a failing disk does to its own pages; these find what it does not look at, and
//! records that are exchanged, lost or invented. They are no defence against somebody who writes the file.

/// The checksum of some texts after a checksum.
pub(super) fn sum(before: u64, parts: &[&[u8]]) -> u64 {
    let mut state = mix(before ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93);
    for part in parts {
        // The length keeps "ab" + "c" and "a" + "bc" apart.
        state = mix(state ^ part.len() as u64, 0xa076_1d64_78bd_642f);
        let mut words = part.chunks_exact(8);
        for word in &mut words {
            let word = word.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            state = mix(state ^ word, 0xe703_7ed1_a0b4_28db);
        }
        let rest = words.remainder();
        let word = rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        state = mix(state ^ word, 0x8ebc_6af0_9c88_c6e3);
    }
    state
}

/// Multiplies to 128 bits, and folds.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// The sum in front of bytes, and the bytes.
pub(super) fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (sum, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*sum), rest))
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn every_bit_and_every_border_counts() {
        let text = b"a record of a run, and some more";
        let whole = sum(0, &[text]);
        for bit in 0..text.len() * 8 {
            let mut other = *text;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(sum(0, &[&other]), whole, "bit {bit}");
        }
        assert_ne!(sum(0, &[b"ab", b"c"]), sum(0, &[b"a", b"bc"]));
        assert_ne!(sum(0, &[b"a"]), sum(0, &[b"a\0"]));
        assert_ne!(sum(1, &[text]), whole);
    }
}
