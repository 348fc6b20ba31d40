//! Where rows of uneven height go, of which only those in view are measured. Pure.

use std::collections::VecDeque;

/// What stays where it is while rows come, go and grow around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// The end of the list, at the lower edge.
    End,
    /// A row, its upper edge so many pixels below that of the view; above it where that is negative.
    Row(usize, f32),
}

/// The room there is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// The height of the view.
    pub height: f32,
    /// Left free above the first row and below the last.
    pub margins: (f32, f32),
    /// Where rows rest that don't fill it.
    pub rests: Edge,
}

/// Of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Where a list begins.
    Upper,
    /// Where it ends.
    Lower,
}

/// The rows in view.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arranged {
    /// Which is the first.
    pub first: usize,
    /// Where the first one's upper edge is, in pixels below that of the view.
    pub top: f32,
    /// How high each of them is.
    pub heights: VecDeque<f32>,
    /// Whether the last of all rows is whole in view.
    pub at_the_end: bool,
}

impl Arranged {
    /// The upper edges of the rows in view.
    pub fn tops(&self) -> impl Iterator<Item = f32> {
        self.heights.iter().scan(self.top, |edge, height| {
            let top = *edge;
            *edge += height;
            Some(top)
        })
    }

    /// How many rows are hidden above and below, of `count` in all, with parts of rows.
    pub fn hidden(&self, count: usize, room: Room) -> (f32, f32) {
        let (Some(upper), Some(lower)) = (self.heights.front(), self.heights.back()) else { return (0.0, 0.0) };
        let bottom = self.top + self.heights.iter().sum::<f32>();
        let part = |pixels: f32, height: f32| if height > 0.0 { (pixels / height).clamp(0.0, 1.0) } else { 0.0 };
        let below = count.saturating_sub(self.first + self.heights.len());
        (rows(self.first) + part(-self.top, *upper), rows(below) + part(bottom - room.height, *lower))
    }
}

/// A number of rows, for reckoning with parts of them.
#[expect(clippy::cast_precision_loss, reason = "a scroller's place needs no more than 24 bits")]
pub fn rows(count: usize) -> f32 {
    count as f32
}

/// Lays `count` rows out around `start`, without a gap at either end. `measure` is asked for the height of each row at
/// most once, and for few beyond those in view.
pub fn arrange(count: usize, start: Start, room: Room, mut measure: impl FnMut(usize) -> f32) -> Arranged {
    let Some(latest) = count.checked_sub(1) else { return Arranged { at_the_end: true, ..Arranged::default() } };
    let end = room.height - room.margins.1;
    let (row, top) = match start {
        Start::Row(row, top) if row <= latest => (row, Some(top)),
        _ => (latest, None),
    };
    let height = measure(row);
    let mut placed = Placed { first: row, last: row, top: top.unwrap_or(end - height), heights: [height].into() };
    placed.fill_down(latest, room.height, &mut measure);
    placed.rest_on(end, latest);
    while placed.top > 0.0 && placed.first > 0 {
        placed.first -= 1;
        let height = measure(placed.first);
        placed.heights.push_front(height);
        placed.top -= height;
    }
    if placed.top > room.margins.0 {
        // The first of all: nothing is above it but the margin.
        placed.top = room.margins.0;
        placed.fill_down(latest, room.height, &mut measure);
        if room.rests == Edge::Lower {
            placed.rest_on(end, latest);
        }
    }
    let at_the_end = placed.last == latest && placed.bottom() <= end + 0.5;
    placed.cut(room.height);
    Arranged { first: placed.first, top: placed.top, heights: placed.heights, at_the_end }
}

struct Placed {
    first: usize,
    last: usize,
    top: f32,
    heights: VecDeque<f32>,
}

impl Placed {
    fn bottom(&self) -> f32 {
        self.top + self.heights.iter().sum::<f32>()
    }

    fn fill_down(&mut self, latest: usize, to: f32, measure: &mut impl FnMut(usize) -> f32) {
        let mut bottom = self.bottom();
        while bottom < to && self.last < latest {
            self.last += 1;
            let height = measure(self.last);
            self.heights.push_back(height);
            bottom += height;
        }
    }

    /// Moves all down where there would be a gap below the last of all.
    fn rest_on(&mut self, end: f32, latest: usize) {
        if self.last == latest {
            self.top += (end - self.bottom()).max(0.0);
        }
    }

    /// Lets go of rows that are out of view.
    fn cut(&mut self, height: f32) {
        while self.heights.len() > 1 && self.heights.front().is_some_and(|first| self.top + first <= 0.0) {
            self.top += self.heights.pop_front().unwrap_or_default();
            self.first += 1;
        }
        while self.heights.len() > 1 && self.heights.back().is_some_and(|last| self.bottom() - last >= height) {
            self.heights.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    const ROOM: Room = Room { height: 100.0, margins: (0.0, 0.0), rests: Edge::Lower };

    fn of(heights: &[f32], start: Start) -> (usize, Vec<f32>, bool) {
        let arranged = arrange(heights.len(), start, ROOM, |row| heights[row]);
        (arranged.first, arranged.tops().collect(), arranged.at_the_end)
    }

    #[test]
    fn the_end_rests_on_the_lower_edge() {
        assert_eq!(of(&[30.0, 40.0, 50.0, 60.0], Start::End), (2, vec![-10.0, 40.0], true));
        assert_eq!(of(&[30.0], Start::End), (0, vec![70.0], true));
        assert_eq!(of(&[], Start::End), (0, vec![], true));
    }

    #[test]
    fn a_row_stays_where_it_is_and_there_are_no_gaps() {
        let rows = [30.0, 40.0, 50.0, 60.0, 70.0];
        assert_eq!(of(&rows, Start::Row(1, 10.0)), (0, vec![-20.0, 10.0, 50.0], false));
        assert_eq!(of(&rows, Start::Row(0, 25.0)), (0, vec![0.0, 30.0, 70.0], false), "nothing is above the first");
        assert_eq!(of(&rows, Start::Row(4, -30.0)), (3, vec![-30.0, 30.0], true), "nor below the last");
        assert_eq!(of(&rows[..2], Start::Row(0, 0.0)), (0, vec![30.0, 60.0], true), "few rest on the lower edge");
        assert_eq!(of(&rows, Start::Row(9, 0.0)), of(&rows, Start::End), "a row that isn't there");
    }

    #[test]
    fn margins_are_above_the_first_and_below_the_last_alone() {
        let room = Room { margins: (4.0, 12.0), ..ROOM };
        let top = |start| arrange(9, start, room, |_| 40.0).tops().next().unwrap();
        assert_eq!(top(Start::Row(0, 50.0)), 4.0);
        assert_eq!(top(Start::Row(4, 0.0)), 0.0);
        assert_eq!(top(Start::End), 88.0 - 3.0 * 40.0);
    }

    #[test]
    fn few_rows_rest_where_the_list_begins_if_it_is_one_that_begins_there() {
        let room = Room { margins: (4.0, 12.0), rests: Edge::Upper, ..ROOM };
        let tops = |count, start| arrange(count, start, room, |_| 40.0).tops().collect::<Vec<f32>>();
        assert_eq!(tops(2, Start::Row(0, 4.0)), [4.0, 44.0]);
        assert_eq!(tops(2, Start::End), [4.0, 44.0]);
        assert_eq!(tops(4, Start::Row(0, 4.0)), [4.0, 44.0, 84.0]);
        assert_eq!(tops(4, Start::Row(3, 0.0)), [-32.0, 8.0, 48.0], "nothing is below the last");
    }

    #[test]
    fn of_a_hundred_thousand_only_those_in_view_are_measured() {
        let asked = Cell::new(0);
        let arranged = arrange(100_000, Start::Row(50_000, 0.0), ROOM, |_| {
            asked.set(asked.get() + 1);
            10.0
        });
        assert_eq!((arranged.first, arranged.heights.len(), asked.get()), (50_000, 10, 10));
        assert_eq!(arranged.hidden(100_000, ROOM), (50_000.0, 49_990.0));
    }

    proptest! {
        #[test]
        fn whatever_the_heights_the_view_is_full_and_each_row_is_measured_once(
            heights in prop::collection::vec(1_u16..400, 1..60),
            row in 0_usize..60,
            top in -3_000_i16..3_000,
        ) {
            let mut asked = vec![0; heights.len()];
            let room = Room { height: 500.0, margins: (4.0, 12.0), ..ROOM };
            let arranged = arrange(heights.len(), Start::Row(row, top.into()), room, |row| {
                asked[row] += 1;
                heights[row].into()
            });
            prop_assert!(asked.into_iter().all(|times| times <= 1));
            let bottom = arranged.top + arranged.heights.iter().sum::<f32>();
            let last = arranged.first + arranged.heights.len() == heights.len();
            prop_assert!(arranged.top <= 0.0 || arranged.first == 0);
            prop_assert!(bottom >= room.height || last);
            let all: f32 = heights.iter().map(|height| f32::from(*height)).sum();
            if all >= 484.0 {
                prop_assert!(arranged.top <= 4.0 && bottom >= 488.0);
            } else {
                prop_assert_eq!(bottom, 488.0);
                prop_assert!(arranged.at_the_end);
            }
        }
    }
}
