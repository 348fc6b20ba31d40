//! A conversation written out, to be kept and read elsewhere: in lines for people, in
//! [CommonMark](https://spec.commonmark.org/0.31.2/), or in JSON as the command line's contract has it. Message by
//! message, so that nobody has to hold all of it. Texts of strangers are shown and never obeyed: none can end its message,
//! or be taken for a line of ours.

use std::path::Path;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Body, From, Message, MessageState, PeerId, Timestamp, printable, printable_line};

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines for people, to be read anywhere.
    Text,
    /// Markdown.
    Markdown,
    /// An array of messages.
    Json,
    /// A message a line.
    JsonLines,
}

impl Form {
    /// What a file of this name should hold.
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("md" | "markdown") => Self::Markdown,
            Some("json") => Self::Json,
            Some("jsonl" | "ndjson") => Self::JsonLines,
            _ => Self::Text,
        }
    }
}

/// What of it is words, in the person's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What stands above all: with whom.
    pub title: String,
    /// What the other is called.
    pub them: String,
    /// What one is called oneself.
    pub me: String,
    /// What stands before a file's name.
    pub file: String,
    /// That one's own message waits here.
    pub queued: String,
    /// That it won't get there.
    pub failed: String,
    /// In place of what a newer version sent.
    pub newer: String,
    /// In place of what was withdrawn.
    pub cancelled: String,
}

/// A message, as far as it's written for people.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who wrote it.
    pub from: From,
    /// What it says.
    pub what: What<'a>,
    /// When, by its author's clock.
    pub sent_at: Timestamp,
    /// How far it got.
    pub state: MessageState,
}

/// What a message says.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// Words.
    Text(&'a str),
    /// A file of this name, if that is known, and the words with it; the name again where there are none.
    Offer(Option<&'a str>, &'a str),
    /// What this version doesn't know.
    Newer,
    /// Nothing any longer.
    Cancelled,
}

impl<'a> std::convert::From<&'a Message> for Said<'a> {
    fn from(message: &'a Message) -> Self {
        let what = match &message.body {
            Body::Text(text) => What::Text(text.as_str()),
            body @ Body::Offer(_) => What::Offer(body.offered_name(), body.text()),
            Body::Unknown { .. } => What::Newer,
            Body::Cancelled => What::Cancelled,
        };
        Self { from: message.from, what, sent_at: message.sent_at, state: message.state }
    }
}

/// A conversation that is being written out: [`head`](Self::head), [each message](Self::message), [`tail`](Self::tail).
#[derive(Debug)]
pub struct Transcript {
    form: Form,
    words: Words,
    zone: TimeZone,
    /// The day of what was written last.
    day: String,
    begun: bool,
}

impl Transcript {
    /// Nothing written yet. Times for people are those of `zone`.
    pub fn new(form: Form, words: Words, zone: TimeZone) -> Self {
        let words = Words { title: printable_line(&words.title), them: printable_line(&words.them), ..words };
        Self { form, words, zone, day: String::new(), begun: false }
    }

    /// What comes before the first message.
    pub fn head(&self, peer: PeerId) -> String {
        let title = &self.words.title;
        match self.form {
            Form::Text => format!("{title}\n{peer}\n"),
            Form::Markdown => format!("# {}\n\n`{peer}`\n", escaped(title)),
            Form::Json => "[".to_owned(),
            Form::JsonLines => String::new(),
        }
    }

    /// What comes after the last.
    pub fn tail(&self) -> &'static str {
        if self.form == Form::Json { "]\n" } else { "" }
    }

    /// The next message. Fails where it can't be written as JSON.
    pub fn message<M: Serialize>(&mut self, message: &M) -> serde_json::Result<String>
    where
        for<'a> Said<'a>: std::convert::From<&'a M>,
    {
        let begun = std::mem::replace(&mut self.begun, true);
        match self.form {
            Form::Text | Form::Markdown => Ok(self.said(message.into())),
            Form::Json => serde_json::to_string(message).map(|json| if begun { format!(",{json}") } else { json }),
            Form::JsonLines => serde_json::to_string(message).map(|json| json + "\n"),
        }
    }

    fn said(&mut self, said: Said<'_>) -> String {
        let is_markdown = self.form == Form::Markdown;
        let when = said.sent_at.to_jiff().to_zoned(self.zone.clone());
        let (date, time) = (when.strftime("%Y-%m-%d").to_string(), when.strftime("%H:%M"));
        let mut written = String::new();
        if date != self.day {
            written = if is_markdown { format!("\n## {date}\n") } else { format!("\n{date}\n") };
            self.day = date;
        }
        let author = if said.from == From::Me { &self.words.me } else { &self.words.them };
        let state = self.state(said);
        let text = self.text(said.what);
        written
            + &if is_markdown {
                format!("\n**{}** {time}{}\n\n{}\n", escaped(author), escaped(&state), quoted(&text))
            } else {
                format!("\n{time} {author}{state}\n{}\n", set_in(&text))
            }
    }

    /// What became of one's own message where it isn't plainly there.
    fn state(&self, said: Said<'_>) -> String {
        match (said.from, said.state) {
            (From::Me, MessageState::Queued) => format!(" ({})", self.words.queued),
            (From::Me, MessageState::Failed) => format!(" ({})", self.words.failed),
            _ => String::new(),
        }
    }

    fn text(&self, what: What<'_>) -> String {
        let file = &self.words.file;
        match what {
            What::Text(text) => printable(text),
            What::Offer(Some(name), text) if name != text => {
                format!("({file} {}) {}", printable_line(name), printable(text))
            }
            What::Offer(_, text) => format!("({file}) {}", printable(text)),
            What::Newer => format!("({})", self.words.newer),
            What::Cancelled => format!("({})", self.words.cancelled),
        }
    }
}

/// The lines of a text, further in than any of ours.
fn set_in(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("    {line}").trim_end().to_owned()).collect();
    lines.join("\n")
}

/// The lines of a text as a quotation.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("> {}", line_escaped(line))).collect();
    // A backslash at its end keeps a line from running into the next.
    lines.join("\\\n").replace("> \\\n", ">\n")
}

/// A line whose beginning would make it a list, a heading, a rule or code.
fn line_escaped(line: &str) -> String {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = "\u{a0}".repeat(line.len() - text.len());
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let numbered = digits > 0 && matches!(text.chars().nth(digits), Some('.' | ')'));
    if numbered {
        let (number, rest) = text.split_at_checked(digits).unwrap_or((text, ""));
        format!("{indent}{number}\\{}", escaped(rest))
    } else if text.starts_with(['-', '+', '=']) {
        format!("{indent}\\{}", escaped(text))
    } else {
        format!("{indent}{}", escaped(text))
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileName, MessageId, Offer, Text};

    const LUIS: PeerId = PeerId::from_public_key([1; 32]);

    fn message(from: From, body: Body, state: MessageState) -> Message {
        let sent_at = Timestamp::from_millis(1_763_800_000_042);
        let id = MessageId::from_bytes([0x11; 16]);
        Message { id, peer: LUIS, from, body, sent_at, lamport: 1, state, error: None }
    }

    fn text(from: From, text: &str) -> Message {
        message(from, Body::Text(Text::new(text).unwrap()), MessageState::Queued)
    }

    fn conversation() -> Vec<Message> {
        let offer = |caption: Option<&str>| {
            let caption = caption.map(|caption| Text::new(caption).unwrap());
            let offer = Offer { name: FileName::safe("a_b.pdf"), size: 3, files: 1, caption };
            message(From::Me, Body::Offer(offer), MessageState::Read)
        };
        vec![
            text(From::Me, "hola"),
            text(From::Peer, "# not a heading\n\n1. not a list\n- nor this\n    nor code\n2025-11-23"),
            text(From::Me, "<script>alert(1)</script> [x](javascript:1) \u{1b}[31m"),
            offer(None),
            offer(Some("read this")),
            message(From::Peer, Body::Unknown { kind: 9, bytes: vec![] }, MessageState::Delivered),
            message(From::Me, Body::Cancelled, MessageState::Failed),
        ]
    }

    fn words() -> Words {
        Words {
            title: "Conversation with l*is\n# x".into(),
            them: "l*is\n# x".into(),
            me: "me".into(),
            file: "file".into(),
            queued: "queued".into(),
            failed: "failed".into(),
            newer: "newer".into(),
            cancelled: "cancelled".into(),
        }
    }

    fn written(form: Form, conversation: &[Message]) -> String {
        let mut transcript = Transcript::new(form, words(), TimeZone::UTC);
        let mut written = transcript.head(LUIS);
        for message in conversation {
            written += &transcript.message(message).unwrap();
        }
        written + transcript.tail()
    }

    #[test]
    fn markdown_has_days_authors_and_harmless_texts() {
        let expected = format!(
            "# Conversation with l\\*is \\# x\n\n`{LUIS}`\n\n## 2025-11-22\n\n\
             **me** 08:26 (queued)\n\n> hola\n\n\
             **l\\*is \\# x** 08:26\n\n> \\# not a heading\\\n>\n> 1\\. not a list\\\n> \\- nor this\\\n> \
             \u{a0}\u{a0}\u{a0}\u{a0}nor code\\\n> 2025-11-23\n\n\
             **me** 08:26 (queued)\n\n> \\<script\\>alert(1)\\</script\\> \\[x\\](javascript:1) \\\\u\\{{1b\\}}\\[31m\n\n\
             **me** 08:26\n\n> (file) a\\_b.pdf\n\n**me** 08:26\n\n> (file a\\_b.pdf) read this\n\n\
             **l\\*is \\# x** 08:26\n\n> (newer)\n\n**me** 08:26 (failed)\n\n> (cancelled)\n"
        );
        assert_eq!(written(Form::Markdown, &conversation()), expected);
    }

    #[test]
    fn lines_for_people_stand_out_from_what_is_said() {
        let expected = format!(
            "Conversation with l*is # x\n{LUIS}\n\n2025-11-22\n\n08:26 me (queued)\n    hola\n\n\
             08:26 l*is # x\n    # not a heading\n\n    1. not a list\n    - nor this\n        nor code\n    2025-11-23\n\n\
             08:26 me (queued)\n    <script>alert(1)</script> [x](javascript:1) \\u{{1b}}[31m\n\n\
             08:26 me\n    (file) a_b.pdf\n\n08:26 me\n    (file a_b.pdf) read this\n\n\
             08:26 l*is # x\n    (newer)\n\n08:26 me (failed)\n    (cancelled)\n"
        );
        assert_eq!(written(Form::Text, &conversation()), expected);
    }

    #[test]
    fn each_day_is_said_once_where_the_reader_is() {
        let mut later = text(From::Peer, "hasta mañana");
        later.sent_at = Timestamp::from_millis(1_763_800_000_042 + 24 * 3_600 * 1_000);
        let written = written(Form::Text, &[text(From::Me, "hola"), text(From::Me, "luis"), later]);
        assert_eq!(written.matches("\n2025-11-22\n").count(), 1);
        assert_eq!(written.matches("\n2025-11-23\n").count(), 1);
    }

    #[test]
    fn json_is_the_contracts() {
        let conversation = conversation();
        let array: serde_json::Value = serde_json::from_str(&written(Form::Json, &conversation)).unwrap();
        assert_eq!(array, serde_json::to_value(&conversation).unwrap());
        assert_eq!(written(Form::Json, &[]), "[]\n");
        let lines: Vec<serde_json::Value> =
            written(Form::JsonLines, &conversation).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(serde_json::Value::from(lines), array);
    }

    #[test]
    fn a_files_name_says_its_form() {
        for (name, form) in [
            ("luis.txt", Form::Text),
            ("luis", Form::Text),
            ("luis.MD", Form::Markdown),
            ("luis.json", Form::Json),
            ("luis.jsonl", Form::JsonLines),
            ("luis.md.ndjson", Form::JsonLines),
        ] {
            assert_eq!(Form::of(Path::new(name)), form, "{name}");
        }
    }
}
