#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let sources = vela_lang::Sources::default();
        let _ = vela_dag::oam::read(&sources, &[("fuzz.yaml", text)], false);
    }
});
