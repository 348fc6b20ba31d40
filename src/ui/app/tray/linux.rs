//! The StatusNotifierItem (<https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/>), on threads of its own that
//! the end of the program doesn't wait for: whoever it speaks to on the session bus may take as long as they like.

use std::io::Cursor;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use ksni::blocking::TrayMethods as _;
use ksni::menu::{RadioGroup, RadioItem, StandardItem};
use ksni::{Category, Icon, MenuItem, OfflineReason, ToolTip};
use tokio::sync::mpsc;
use zbus::blocking::proxy::{Builder, Proxy};
use zbus::blocking::{Connection, Proxy as Watcher};
use zbus::proxy::CacheProperties;

use super::{Event, PRESENCES, Sign};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";

/// The picture in the sizes of trays, of which each takes the one that it likes.
const PICTURES: [&[u8]; 3] = [
    include_bytes!("../../../../assets/linux/icons/24.png"),
    include_bytes!("../../../../assets/linux/icons/32.png"),
    include_bytes!("../../../../assets/linux/icons/48.png"),
];

/// What the sign's thread is to do.
#[derive(Debug)]
pub(super) enum Order {
    /// Show this.
    Show(Sign),
    /// Look whether a tray is there.
    Look,
}

/// Starts the sign's thread.
pub(super) fn start(sign: Sign, events: mpsc::Sender<Event>) -> Sender<Order> {
    let (order, orders) = channel();
    let looks = order.clone();
    thread::spawn(move || {
        if let Err(error) = run(sign, &events, looks, &orders) {
            tracing::debug!(%error, "there is no tray");
            let _ = events.blocking_send(Event::Hopeless);
        }
    });
    order
}

fn run(
    sign: Sign,
    events: &mpsc::Sender<Event>,
    looks: Sender<Order>,
    orders: &Receiver<Order>,
) -> Result<(), Box<dyn std::error::Error>> {
    let watcher: Proxy<'static> = Builder::new(&Connection::session()?)
        .destination(WATCHER)?
        .path(WATCHER_PATH)?
        .interface(WATCHER)?
        .cache_properties(CacheProperties::No)
        .build()?;
    let item =
        Item { sign, icons: PICTURES.iter().filter_map(|png| icon(png)).collect(), events: events.clone(), looks };
    let (watched, looks) = (watcher.clone(), item.looks.clone());
    let item = item.assume_sni_available(true).spawn()?;
    let _ = looks.send(Order::Look);
    thread::spawn(move || watch(&watched, &looks));
    for order in orders {
        match order {
            Order::Show(sign) => drop(item.update(|item| item.sign = sign)),
            Order::Look => events.blocking_send(Event::Found(has_host(&watcher)))?,
        }
    }
    Ok(())
}

/// Has the thread look again whenever the watcher says something: that a host is there now, above all.
fn watch(watcher: &Watcher<'_>, looks: &Sender<Order>) {
    let Ok(signals) = watcher.receive_all_signals() else { return };
    // One may have come before.
    let _ = looks.send(Order::Look);
    for _ in signals {
        if looks.send(Order::Look).is_err() {
            return;
        }
    }
}

/// Whether somebody shows the items that the watcher knows of. Where there's no watcher, nobody does.
fn has_host(watcher: &Watcher<'_>) -> bool {
    watcher.get_property("IsStatusNotifierHostRegistered").unwrap_or(false)
}

/// The picture of an 8-bit RGBA PNG.
fn icon(png: &[u8]) -> Option<Icon> {
    let mut picture = png::Decoder::new(Cursor::new(png)).read_info().ok()?;
    let mut data = vec![0; picture.output_buffer_size()?];
    let frame = picture.next_frame(&mut data).ok()?;
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    Some(Icon { width: frame.width.try_into().ok()?, height: frame.height.try_into().ok()?, data })
}

/// What the bus is told of the sign.
struct Item {
    sign: Sign,
    icons: Vec<Icon>,
    events: mpsc::Sender<Event>,
    looks: Sender<Order>,
}

impl Item {
    /// Presses that the app has no room for are no longer meant.
    fn tell(&self, event: Event) {
        let _ = self.events.try_send(event);
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "vecino".to_owned()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn title(&self) -> String {
        self.sign.title.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: self.sign.title.clone(), description: self.sign.tip.clone(), ..ToolTip::default() }
    }

    /// Pixels rather than a name, which means nothing where vecino isn't installed.
    fn icon_pixmap(&self) -> Vec<Icon> {
        self.icons.clone()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.tell(Event::Pressed);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let press = |label: &String, event| {
            let activate = Box::new(move |item: &mut Self| item.tell(event));
            MenuItem::from(StandardItem { label: label.clone(), activate, ..StandardItem::default() })
        };
        let mut menu = vec![press(&self.sign.open, Event::Pressed), MenuItem::Separator];
        if let Some((words, selected)) = &self.sign.presence {
            let option = |label: &String| RadioItem { label: label.clone(), ..RadioItem::default() };
            let select = Box::new(|item: &mut Self, chosen: usize| {
                if let Some(presence) = PRESENCES.get(chosen) {
                    item.tell(Event::PresenceChosen(*presence));
                }
            });
            let options = words.iter().map(option).collect();
            menu.push(RadioGroup { selected: *selected, select, options }.into());
            menu.push(MenuItem::Separator);
        }
        menu.push(press(&self.sign.quit, Event::QuitChosen));
        menu
    }

    fn watcher_online(&self) {
        let _ = self.looks.send(Order::Look);
    }

    /// It may come back: a desktop's panel is restarted now and then.
    fn watcher_offline(&self, _: OfflineReason) -> bool {
        let _ = self.looks.send(Order::Look);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_some() {
        let sizes: Vec<i32> = PICTURES.iter().map(|png| icon(png).unwrap().width).collect();
        assert_eq!(sizes, [24, 32, 48]);
    }
}
