//! What the settings change, here and on disk.

use super::*;
use crate::model::{Drawing, Nickname, ThemeChoice};
use crate::ui::widget::Move;

#[test]
fn a_setting_applies_at_once_and_is_kept() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.key(window, Command::Settings);
    let locale = locale(Language::English);
    simulator(session.view(window, &locale)).find("Appearance").unwrap();
    let chosen = screen::settings::Message::ThemeChosen(ThemeChoice::Dark);
    let effects = session.update(Message::Main(main::Message::Settings(chosen)));
    let dark = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
    let expected: [Effect; 2] =
        [Effect::Show(Box::new(dark.clone())), Request::ChangeSettings(Box::new(dark.clone())).into()];
    assert_eq!(effects, expected);

    let chosen = screen::settings::Message::TextSizeChosen(125.into());
    let larger = Settings { text_size: 125.into(), ..dark };
    let effects = session.update(Message::Main(main::Message::Settings(chosen)));
    assert_eq!(effects, [Effect::Show(Box::new(larger.clone()))], "one at a time is kept");
    session.update(Message::Loaded(Ok(Box::new(sample::snapshot()))));
    assert_eq!(session.settings, larger, "what was loaded is older");
    let kept = session.update(Message::SettingsKept(Ok(())));
    assert_eq!(kept, [Request::ChangeSettings(Box::new(larger)).into()]);

    let failed = session.update(Message::SettingsKept(Err(Error::Store(StoreError::Full("vecino.db".into())))));
    assert_eq!(failed, [Request::Reload.into()]);
    let effects = session.update(Message::Loaded(Ok(Box::new(sample::snapshot()))));
    assert_eq!(effects[0], Effect::Show(Box::default()), "as it's kept");
    assert_eq!(session.key(window, Command::Back), [composer(&session)], "back to luis");
}

#[test]
fn whether_vecino_starts_with_the_desktop_is_looked_up_each_time() {
    let (mut session, window) = session();
    assert_eq!(session.show_settings(), [Effect::Raise(window), Effect::SeeAutostart, Effect::SeeInterfaces]);
    session.update(Message::AutostartSeen(Ok(true)));
    assert_eq!(session.desktop.autostart, Some(true));
    let pressed = Message::Main(main::Message::Settings(screen::settings::Message::AutostartPressed(false)));
    assert_eq!(session.update(pressed), [Effect::SetAutostart(false)]);
    assert_eq!(session.desktop.autostart, Some(true), "until it's seen to be so");
    session.update(Message::AutostartSeen(Err("no room".into())));
    assert_eq!(session.notice, Some(Notice::Autostart("no room".into())));
}

#[test]
fn the_list_is_as_wide_as_it_is_dragged_and_kept_so_once_let_go() {
    let (mut session, window) = session();
    let mut moved = |moved| {
        let effects = session.update(Message::Main(main::Message::DividerMoved(moved)));
        (session.settings.sidebar_width.pixels(), effects)
    };
    assert_eq!(moved(Move::To(350.4)), (350, Vec::new()));
    let kept = |width: u16| {
        let settings = Settings { sidebar_width: width.into(), ..Settings::default() };
        vec![Request::ChangeSettings(Box::new(settings)).into()]
    };
    assert_eq!(moved(Move::Done(351.0)), (351, kept(351)));
    session.update(Message::SettingsKept(Ok(())));
    let mut moved = |moved| {
        session.update(Message::Main(main::Message::DividerMoved(moved)));
        session.settings.sidebar_width.pixels()
    };
    assert_eq!([moved(Move::To(-3.0)), moved(Move::To(9_999.0)), moved(Move::Reset)], [220, 480, 304]);
    assert!(session.has_windows() && session.all_windows().eq([window]));
}

#[test]
fn the_windows_size_is_kept_where_it_is_another() {
    let (mut session, _) = session();
    assert_eq!(session.with_window((1_180, 760).into(), true), None);
    let other = session.with_window((900, 700).into(), false).unwrap();
    assert_eq!(other.window_size, Some((900, 700).into()));
    session.settings = other;
    assert_eq!(session.with_window((900, 700).into(), false), None);
    assert_eq!(session.with_window((1_180, 760).into(), true).unwrap().window_size, None);
}

#[test]
fn a_nickname_that_was_set_elsewhere_is_not_set_back() {
    let (mut session, _) = session();
    let me = |nickname: &str| Event::Me(Me { nickname: Nickname::new(nickname).unwrap(), ..sample::snapshot().me });
    let widen =
        |session: &mut Session, width| session.update(Message::Main(main::Message::DividerMoved(Move::Done(width))));
    let keeps =
        |session: &Session| -> [Effect; 1] { [Request::ChangeSettings(Box::new(session.settings.clone())).into()] };
    happened(&mut session, vec![me("ana maría")]);
    assert_eq!(session.settings.nickname, Nickname::new("ana maría").ok());
    assert_eq!(widen(&mut session, 351.0), keeps(&session));

    happened(&mut session, vec![me("ana lópez")]);
    assert!(session.update(Message::SettingsKept(Ok(()))).is_empty(), "that is kept already");
    assert_eq!(session.settings.nickname, Nickname::new("ana lópez").ok());
    assert_eq!(widen(&mut session, 352.0), keeps(&session));

    session.settings.nickname = Nickname::new("anita").ok();
    happened(&mut session, vec![me("ana ruiz")]);
    assert_eq!(session.update(Message::SettingsKept(Ok(()))), keeps(&session));
    assert_eq!(session.settings.nickname, Nickname::new("anita").ok(), "it waited to be kept");
    happened(&mut session, vec![me("anita")]);
    assert!(session.update(Message::SettingsKept(Ok(()))).is_empty());
}

#[test]
fn a_driver_that_failed_is_given_up_and_it_is_said() {
    let (mut session, _) = session();
    session.settings.drawing = Drawing::GraphicsCard;
    let effects = session.graphics_failed();
    assert_eq!(session.settings.drawing, Drawing::Processor);
    let keeps = Request::ChangeSettings(Box::new(session.settings.clone()));
    assert!(effects.contains(&keeps.into()), "{effects:?}");
    assert_eq!(session.notice, Some(Notice::GraphicsFailed));
}
