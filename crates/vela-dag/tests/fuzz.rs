//! The reader of applications over texts cut off and damaged at every place: it never panics.

use vela_dag::oam;
use vela_lang::Sources;

#[test]
fn damaged_applications_are_refused_or_read() {
    let text = include_str!("../../../fuzz/corpus/application/first-app.yaml");
    for (at, _) in text.char_indices() {
        let cut = &text[..at];
        let rest = &text[at..];
        for damaged in
            [cut.to_owned(), rest.to_owned(), format!("{cut}: [{rest}"), format!("{cut}\n{rest}")]
        {
            let _ = oam::read(&Sources::default(), &[("app.yaml", &damaged)], false);
        }
    }
}
