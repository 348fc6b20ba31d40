//! Looking at messages.

use proptest::prelude::*;

use super::*;

/// Ana's and Bob's conversations, arrived in another order than shown.
async fn scene() -> Scene {
    let scene = Scene::new();
    scene.send(ANA, 1, "Buenos días, Ana").await;
    scene.send(ANA, 2, "el plan está listo").await;
    scene.store.receive(batch(BOB, 1, vec![accept(11, 5, text("who has the plan?"))])).await.unwrap();
    // Written before they had seen ours: same Lamport time, and Ana's key is lower.
    let entries = vec![accept(21, 1, text("good morning")), accept(22, 2, offer("Plan-B.pdf", 1, Some("año nuevo")))];
    scene.store.receive(batch(ANA, 1, entries)).await.unwrap();
    scene
}

#[tokio::test]
async fn a_conversation_is_shown_by_lamport_time_then_author() {
    let scene = scene().await;
    let shown = ["good morning", "Buenos días, Ana", "año nuevo", "el plan está listo"];
    assert_eq!(scene.words(Some(ANA), None).await, shown);
    let latest = scene.store.history(Some(ANA), None, Span::Latest, 3).await.unwrap();
    assert_eq!(words(&latest), shown[1..]);
    let before = scene.store.history(Some(ANA), None, Span::Before(latest[0].id), 3).await.unwrap();
    assert_eq!(words(&before), shown[..1]);
    assert_eq!(scene.store.history(Some(ANA), None, Span::Before(before[0].id), 3).await.unwrap(), []);
    assert_eq!(scene.store.history(Some(ANA), None, Span::Latest, 0).await.unwrap(), []);
}

#[tokio::test]
async fn a_part_from_the_middle_reads_on_both_ways() {
    let scene = scene().await;
    let shown = ["good morning", "Buenos días, Ana", "año nuevo", "el plan está listo"];
    let part = async |span, limit| words(&scene.store.history(Some(ANA), None, span, limit).await.unwrap());
    assert_eq!(part(Span::Earliest, 9).await, shown);
    assert_eq!(part(Span::Earliest, 1).await, shown[..1]);
    assert_eq!(part(Span::After(id(1)), 9).await, shown[2..]);
    assert_eq!(part(Span::After(id(21)), 2).await, shown[1..3]);
    assert_eq!(part(Span::After(id(2)), 2).await, shown[4..]);
    assert_eq!(part(Span::Around(id(22)), 2).await, shown[1..3], "half of it before");
    assert_eq!(part(Span::Around(id(21)), 9).await, shown, "as much as there is");
    let all = words(&scene.store.history(None, None, Span::Around(id(11)), 3).await.unwrap());
    assert_eq!(all, ["el plan está listo", "who has the plan?", "good morning"]);
    let first = words(&scene.store.history(None, None, Span::Earliest, 1).await.unwrap());
    assert_eq!(first, ["Buenos días, Ana"]);
    let found = scene.store.history(None, Some("plan"), Span::After(id(2)), 9).await.unwrap();
    assert_eq!(words(&found), ["who has the plan?", "año nuevo"]);
    let unknown = scene.store.history(None, None, Span::Around(id(99)), 2).await;
    assert!(matches!(unknown, Err(StoreError::UnknownMessage(of)) if of == id(99)));
}

#[tokio::test]
async fn all_conversations_are_shown_as_they_came() {
    let scene = scene().await;
    let shown = ["Buenos días, Ana", "el plan está listo", "who has the plan?", "good morning", "año nuevo"];
    assert_eq!(scene.words(None, None).await, shown);
    let before = scene.store.history(None, None, Span::Before(id(21)), 2).await.unwrap();
    assert_eq!(words(&before), shown[1..3]);
    let unknown = scene.store.history(None, None, Span::Before(id(99)), 2).await;
    assert!(matches!(unknown, Err(StoreError::UnknownMessage(of)) if of == id(99)));
}

#[tokio::test]
async fn a_search_finds_beginnings_of_words() {
    let scene = scene().await;
    for (search, found) in [
        ("plan", &["el plan está listo", "who has the plan?", "año nuevo"][..]),
        ("PLA", &["el plan está listo", "who has the plan?", "año nuevo"]),
        ("esta", &["el plan está listo"]),
        ("dias ana", &["Buenos días, Ana"]),
        ("ano nue", &["año nuevo"]),
        ("nuevo plan", &["año nuevo"]),
        ("plan-b.pdf", &["año nuevo"]),
        ("lan", &[]),
        ("plan OR morning", &[]),
        ("\"the plan\"", &["who has the plan?"]),
        ("plan ???", &["el plan está listo", "who has the plan?", "año nuevo"]),
        ("???", &[]),
    ] {
        assert_eq!(scene.words(None, Some(search)).await, found, "{search}");
    }
    assert_eq!(scene.words(None, Some(" \n")).await.len(), 5);
    assert_eq!(scene.words(Some(ANA), Some("plan")).await, ["año nuevo", "el plan está listo"]);
    assert_eq!(scene.words(Some(BOB), Some("plan")).await, ["who has the plan?"]);
    let page = scene.store.history(Some(ANA), Some("plan"), Span::Before(id(2)), 5).await.unwrap();
    assert_eq!(words(&page), ["año nuevo"]);
    let page = scene.store.history(None, Some("plan"), Span::Before(id(22)), 1).await.unwrap();
    assert_eq!(words(&page), ["who has the plan?"]);
}

#[tokio::test]
async fn the_conversation_with_the_latest_message_is_first() {
    let scene = scene().await;
    let list = |found: Vec<crate::model::Conversation>| -> Vec<_> {
        found.into_iter().map(|with| (with.peer, with.last.unwrap().id, with.unread)).collect()
    };
    assert_eq!(list(scene.store.conversations().await.unwrap()), [(BOB, id(11), 1), (ANA, id(2), 2)]);
    scene.send(ANA, 3, "and now?").await;
    assert_eq!(list(scene.store.conversations().await.unwrap()), [(ANA, id(3), 2), (BOB, id(11), 1)]);
}

#[test]
fn no_search_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let scene = runtime.block_on(scene());
    let search = |search: &str| {
        for peer in [None, Some(ANA)] {
            runtime.block_on(scene.store.history(peer, Some(search), Span::Latest, 10)).unwrap();
        }
    };
    for hostile in [
        "\"",
        "\"\"",
        "*",
        "^",
        "NEAR(",
        "NEAR(a b, 5)",
        "AND",
        "NOT",
        "a NOT",
        "{text}: a",
        "name:x",
        "-",
        "+",
        "a\0b",
        "\0",
        "(",
        "))",
        "'; DROP TABLE messages; --",
        "\u{202e}",
        "\u{fffd}",
        "🌮",
        "李雷",
    ] {
        search(hostile);
    }
    search(&"a ".repeat(100_000));
    search(&"a-".repeat(100_000));
    search(&"\"".repeat(100_000));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(text in "[\u{0}-\u{10ffff}]{0,40}|[a-c\"*^:(){}+\\-, \u{0}ANDORNT]{0,40}")| search(&text));
}
