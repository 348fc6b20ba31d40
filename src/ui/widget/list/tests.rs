use iced::Settings;
use iced::widget::{container, text};
use iced_test::Simulator;

use super::*;
use crate::ui::sample::simulator_of;

const SIZE: Size = Size::new(300.0, 200.0);

/// Rows of 20, 30, 40 or 50 pixels.
fn list<'a>(keys: std::ops::Range<u32>, aim: Option<(Id, Aim<u32>)>) -> List<'a, u32, Seen<u32>> {
    let first = keys.start;
    let make = move |place: usize| {
        let key = first + u32::try_from(place).unwrap();
        container(text(key.to_string())).height(20 + 10 * (key % 4)).into()
    };
    List::new(keys.collect(), make).on_move(|seen| seen).aim(aim)
}

fn shows(ui: &mut Simulator<'_, Seen<u32>, Theme, Renderer>, key: u32) -> bool {
    ui.find(key.to_string().as_str()).is_ok()
}

fn redraw() -> Event {
    Event::Window(window::Event::RedrawRequested(std::time::Instant::now()))
}

fn wheel(y: f32) -> Event {
    Event::Mouse(mouse::Event::WheelScrolled { delta: ScrollDelta::Pixels { x: 0.0, y } })
}

#[test]
fn the_end_is_shown_first_and_only_what_is_in_view_is_made() {
    let mut ui = simulator_of(SIZE, list(0..100_000, None));
    assert!(shows(&mut ui, 99_999) && shows(&mut ui, 99_995));
    assert!(!shows(&mut ui, 99_900));
    ui.simulate([redraw(), redraw()]);
    let told: Vec<Seen<u32>> = ui.into_messages().collect();
    assert_eq!(told.len(), 1, "said once: {told:?}");
    assert!(told[0].at_the_end && told[0].below == 0 && told[0].above > 99_980);
}

#[test]
fn the_wheel_scrolls_and_what_is_read_stays_where_it_is() {
    let mut ui = simulator_of(SIZE, list(1_000..2_000, None));
    ui.point_at(Point::new(100.0, 100.0));
    ui.simulate([wheel(1_000.0), redraw()]);
    assert!(!shows(&mut ui, 1_999));
    let told = ui.into_messages().last().unwrap();
    assert!(!told.at_the_end && (20..40).contains(&told.below), "{told:?}");
}

#[test]
fn a_row_is_brought_into_view_once() {
    let aim = Some((Id::unique(), Aim::Row(50)));
    let mut ui = simulator_of(SIZE, list(0..1_000, aim));
    assert!(shows(&mut ui, 50));
    ui.point_at(Point::new(100.0, 100.0));
    ui.simulate([wheel(-5_000.0), redraw()]);
    assert!(!shows(&mut ui, 50), "it isn't held there");
}

#[test]
fn the_scroller_is_dragged_to_both_ends() {
    let mut ui = simulator_of(SIZE, list(0..1_000, None));
    let x = SIZE.width - 5.0;
    ui.point_at(Point::new(x, 190.0));
    ui.simulate([Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))]);
    let to = |ui: &mut Simulator<'_, Seen<u32>, Theme, Renderer>, y| {
        let position = Point::new(x, y);
        ui.point_at(position);
        ui.simulate([Event::Mouse(mouse::Event::CursorMoved { position })]);
    };
    to(&mut ui, -50.0);
    assert!(shows(&mut ui, 0) && !shows(&mut ui, 999));
    to(&mut ui, 100.0);
    assert!(!shows(&mut ui, 0) && !shows(&mut ui, 999));
    to(&mut ui, 400.0);
    assert!(shows(&mut ui, 999));
    ui.simulate([Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))]);
    to(&mut ui, 0.0);
    assert!(shows(&mut ui, 999), "it's held no longer");
}

/// What was in view stays when rows come above and below: seen over two views of one tree.
#[test]
fn rows_that_come_above_move_nothing() {
    let mut tree = Tree::empty();
    let renderer = renderer();
    let limits = layout::Limits::new(Size::ZERO, SIZE);
    let mut first = list(500..1_000, Some((Id::unique(), Aim::Row(600))));
    tree.tag = Widget::<Seen<u32>, Theme, Renderer>::tag(&first);
    tree.state = Widget::<Seen<u32>, Theme, Renderer>::state(&first);
    let place_of = |tree: &Tree, node: &layout::Node, key: u32| {
        let keys = &tree.state.downcast_ref::<State<u32>>().keys;
        let place = keys.iter().position(|other| *other == key).unwrap();
        node.children()[place].bounds().y
    };
    let node = first.layout(&mut tree, &renderer, &limits);
    let before = place_of(&tree, &node, 600);
    assert_eq!(before, 60.0);
    let mut second = list(0..1_500, None);
    let node = second.layout(&mut tree, &renderer, &limits);
    assert_eq!(place_of(&tree, &node, 600), before);
    let mut third = list(590..610, None);
    let node = third.layout(&mut tree, &renderer, &limits);
    assert_eq!(place_of(&tree, &node, 600), before, "nor does what goes");
    let mut gone = list(5_000..6_000, None);
    gone.layout(&mut tree, &renderer, &limits);
    assert!(tree.state.downcast_ref::<State<u32>>().arranged.at_the_end, "another list is at its end");
}

#[test]
fn a_list_that_is_read_from_its_beginning_stays_there_while_rows_move() {
    let mut tree = Tree::empty();
    let renderer = renderer();
    let limits = layout::Limits::new(Size::ZERO, SIZE);
    let mut first = list(100..200, None).margins(4.0, 4.0).begins_at_the_top();
    tree.tag = Widget::<Seen<u32>, Theme, Renderer>::tag(&first);
    tree.state = Widget::<Seen<u32>, Theme, Renderer>::state(&first);
    first.layout(&mut tree, &renderer, &limits);
    let shown = |tree: &Tree| {
        let state = tree.state.downcast_ref::<State<u32>>();
        (state.first(), state.arranged.top, state.above)
    };
    assert_eq!(shown(&tree), (Some(100), 4.0, 0));
    list(50..200, None).margins(4.0, 4.0).begins_at_the_top().layout(&mut tree, &renderer, &limits);
    assert_eq!(shown(&tree), (Some(50), 4.0, 0), "what comes first is seen");
    tree.state.downcast_mut::<State<u32>>().scroll(-1_004.0);
    list(50..200, None).margins(4.0, 4.0).begins_at_the_top().layout(&mut tree, &renderer, &limits);
    let (Some(key), top, 1) = shown(&tree) else { panic!("nothing is made above the view: {:?}", shown(&tree)) };
    list(42..200, None).margins(4.0, 4.0).begins_at_the_top().layout(&mut tree, &renderer, &limits);
    assert_eq!(shown(&tree), (Some(key - 8), top, 1), "so many rows are above");
    list(40..43, None).margins(4.0, 4.0).begins_at_the_top().layout(&mut tree, &renderer, &limits);
    assert_eq!(shown(&tree), (Some(40), 4.0, 0), "few begin there");
}

#[test]
fn the_end_of_a_part_is_no_end_to_stay_at() {
    let mut tree = Tree::empty();
    let renderer = renderer();
    let limits = layout::Limits::new(Size::ZERO, SIZE);
    let mut part = list(0..100, None).goes_on(true);
    tree.tag = Widget::<Seen<u32>, Theme, Renderer>::tag(&part);
    tree.state = Widget::<Seen<u32>, Theme, Renderer>::state(&part);
    part.layout(&mut tree, &renderer, &limits);
    let first = |tree: &Tree| tree.state.downcast_ref::<State<u32>>().keys[0];
    let before = first(&tree);
    assert!(before > 90);
    list(0..200, None).goes_on(true).layout(&mut tree, &renderer, &limits);
    assert_eq!(first(&tree), before, "what comes below doesn't carry the view away");
    list(100..300, None).layout(&mut tree, &renderer, &limits);
    list(100..400, None).layout(&mut tree, &renderer, &limits);
    assert!(first(&tree) > 390, "the end of all is followed");
}

#[test]
fn what_comes_at_the_end_of_many_is_not_told() {
    let seen = |above, at_the_end| Seen { above, below: 0, at_the_end, first: Some((above, 3.0)), aimed: None };
    let of = |above, at_the_end| told(&seen(above, at_the_end), &(0..above + 10).collect::<Vec<usize>>());
    assert_eq!(of(100, true), of(170, true));
    assert_ne!(of(20, true), of(90, true), "older ones may be wanted");
    assert_ne!(of(170, false), of(170, true));
    assert_ne!(of(170, false), of(171, false), "one reads on there");
}

#[test]
fn a_list_that_is_made_anew_is_where_it_was() {
    let aim = Some((Id::unique(), Aim::Row(50)));
    let mut ui = simulator_of(SIZE, list(0..1_000, aim.clone()));
    ui.simulate([redraw()]);
    let seen = ui.into_messages().last().unwrap();
    assert_eq!(seen.aimed, aim.map(|(id, _)| id));
    let mut ui = simulator_of(SIZE, list(0..1_000, None).start(seen.first));
    ui.simulate([redraw()]);
    let again = ui.into_messages().last().unwrap();
    assert_eq!((again.first, again.above), (seen.first, seen.above));
}

fn renderer() -> Renderer {
    let settings = Settings::default();
    futures::executor::block_on(<Renderer as iced::advanced::renderer::Headless>::new(
        settings.default_font,
        settings.default_text_size,
        Some("tiny-skia"),
    ))
    .unwrap()
}
