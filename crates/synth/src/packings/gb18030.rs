//! GB18030, fast: encoding_rs decodes quickly but searches its tables to encode,
//! so the two-byte part is turned round once into a table of its own.

use encoding_rs::GB18030;

pub(super) struct Gb18030 {
    /// Two bytes for each character of the basic plane; 0 where there are none.
    two_bytes: Vec<u16>,
}

impl Gb18030 {
    pub(super) fn new() -> Gb18030 {
        let mut two_bytes = vec![0; 0x1_0000];
        for lead in 0x81..=0xFE_u8 {
            for trail in (0x40..=0xFE_u8).filter(|trail| *trail != 0x7F) {
                let bytes = [lead, trail];
                let decoded = GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
                let mut chars = decoded.as_deref().unwrap_or_default().chars();
                if let (Some(c), None) = (chars.next(), chars.next())
                    && let Some(slot) = two_bytes.get_mut(c as usize)
                {
                    *slot = u16::from_be_bytes([lead, trail]);
                }
            }
        }
        Gb18030 { two_bytes }
    }

    pub(super) fn encode(&self, text: &str, out: &mut Vec<u8>) {
        for c in text.chars() {
            match self.two_bytes.get(c as usize) {
                _ if c.is_ascii() => out.push(c as u8),
                Some(bytes) if *bytes != 0 => out.extend_from_slice(&bytes.to_be_bytes()),
                // Rare characters, four bytes.
                _ => {
                    let mut buffer = [0; 4];
                    out.extend_from_slice(&GB18030.encode(c.encode_utf8(&mut buffer)).0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let encoder = Gb18030::new();
        let text = "王伟,公民身份号码·•．・□䶮㛃\u{2C5D6}\u{2B5AF}㙍\u{E000}\u{E00E}（已故）￥\u{3000}偉aZ09\t\n";
        let mut bytes = Vec::new();
        encoder.encode(text, &mut bytes);
        assert_eq!(
            GB18030
                .decode_without_bom_handling_and_without_replacement(&bytes)
                .unwrap(),
            text
        );
    }
}
