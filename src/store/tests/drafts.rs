//! What is being written.

use super::*;
use crate::model::Draft;

fn draft(text: &str) -> Option<Draft> {
    Draft::new(text.to_owned())
}

#[tokio::test]
async fn what_is_being_written_is_kept_until_it_is_not() {
    let mut scene = Scene::new();
    let kept = [(ANA, draft("hola, an")), (BOB, draft("two\nlines\n"))];
    scene.store.keep_drafts(kept.to_vec()).await.unwrap();
    scene.store.keep_drafts(vec![(ANA, draft("hola, ana"))]).await.unwrap();
    scene.reopen().await;
    let drafts = || async { scene.store.drafts().await.unwrap() };
    let found = drafts().await;
    let texts: Vec<_> = found.iter().map(|(peer, draft)| (*peer, draft.as_str())).collect();
    assert_eq!(texts, [(ANA, "hola, ana"), (BOB, "two\nlines\n")]);
    scene.store.keep_drafts(vec![(BOB, None), (ANA, None), (ME, None)]).await.unwrap();
    assert_eq!(drafts().await, []);
}
