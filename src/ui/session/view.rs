//! What the windows of a session show.

use iced::widget::{Id, center, column, container, image, mouse_area, opaque, row, space, stack};
use iced::{Center, ContentFit, Element, Fill, window};
use lucide_icons::Icon;

use super::{Enlarged, Message, Session};
use crate::ui::locale::Locale;
use crate::ui::screen::conversation::{self, Known};
use crate::ui::screen::shortcuts;
use crate::ui::style;
use crate::ui::text::one_line;
use crate::ui::widget::{above, file, icon_button, notice};

/// The picture that fills a window.
pub(super) const ENLARGED: Id = Id::new("enlarged picture");

impl Session {
    /// What a window shows.
    pub fn view<'a>(&'a self, window: window::Id, locale: &'a Locale) -> Element<'a, Message> {
        let sheet = (self.sheet == Some(window)).then(|| shortcuts::sheet(locale, Message::SheetClosed));
        let enlarged = self.enlarged.as_ref().filter(|enlarged| enlarged.window == window);
        let enlarged = enlarged.map(|enlarged| self.view_enlarged(enlarged, locale));
        stack![self.view_window(window, locale)].extend(enlarged).extend(sheet).into()
    }

    fn view_window<'a>(&'a self, window: window::Id, locale: &'a Locale) -> Element<'a, Message> {
        if let Some(main) = self.main.as_ref().filter(|main| main.window == window) {
            let screen = main
                .view(self.known(), &self.chats, &self.drafts_aside(), (&self.settings, &self.desktop), locale)
                .map(Message::Main);
            return column![self.view_notice(locale), self.view_link(locale), screen].into();
        }
        let shown = self.windows.get(&window);
        match shown.and_then(|shown| self.chats.get(&shown.peer()).map(|chat| (shown, chat))) {
            Some((shown, chat)) => {
                let screen = shown.view(chat, self.known(), conversation::Frame::Window, locale);
                let notice = self.main.is_none().then(|| self.view_notice(locale)).flatten();
                column![notice, screen.map(move |message| Message::Window(window, message))].into()
            }
            None => space().into(),
        }
    }

    fn view_notice<'a>(&self, locale: &Locale) -> Option<Element<'a, Message>> {
        let told = self.notice.as_ref()?;
        let action = told.folder().map(|_| (locale.tr("show-in-folder"), Message::NoticePressed));
        Some(notice(told.tone(), told.words(locale), action, locale.tr("tip-dismiss"), Message::NoticeDismissed))
    }

    /// A window's title: who is in it, and how much is unread.
    pub fn title(&self, window: window::Id) -> String {
        let (name, unread) = match self.windows.get(&window) {
            Some(shown) => (self.people.name(&shown.peer()).nickname, self.people.unread(&shown.peer())),
            None => return self.heading(),
        };
        titled(name, unread)
    }

    /// The main window's title.
    pub fn heading(&self) -> String {
        titled("vecino".to_owned(), self.unread())
    }

    const fn known(&self) -> Known<'_> {
        Known { people: &self.people, pictures: &self.pictures }
    }

    /// A picture above all else. A press anywhere closes it.
    fn view_enlarged<'a>(&'a self, enlarged: &'a Enlarged, locale: &'a Locale) -> Element<'a, Message> {
        let name = self.people.transfer(&enlarged.id).map(|transfer| one_line(&transfer.name)).unwrap_or_default();
        // While the large one is being decoded, the small one stands for it.
        let picture = enlarged.picture.as_ref().or_else(|| self.pictures.get(enlarged.id));
        let picture = picture.map(|picture| {
            let picture = image(picture.handle.clone()).content_fit(ContentFit::ScaleDown);
            center(picture.width(Fill).height(Fill)).padding(20)
        });
        let close = icon_button(Icon::X, locale.tr("tip-close"), Some(Message::PictureClosed));
        let head = container(row![file(name).strong().fill(), close].align_y(Center)).padding([8, 20]);
        let panel = container(column![head.style(style::background), picture]).width(Fill).height(Fill);
        above(ENLARGED, opaque(mouse_area(panel.style(style::shade)).on_press(Message::PictureClosed))).into()
    }
}

fn titled(name: String, unread: u32) -> String {
    if unread > 0 { format!("({unread}) {name}") } else { name }
}
