//! A conversation in [CommonMark](https://spec.commonmark.org/0.31.2/), its texts shown and never obeyed.

use jiff::tz::TimeZone;

use crate::cli::text::{captioned, date_time, message_state, one_line, printable};
use crate::cli::{Failure, Output};
use crate::control::MessageRecord;
use crate::model::{From as Author, MessageState, Peer};

/// Writes `conversation` with `peer`, who is called `name`, with local dates of `zone`.
pub(super) fn write(
    peer: &Peer,
    name: &str,
    conversation: &[MessageRecord],
    zone: &TimeZone,
    out: &mut Output,
) -> Result<(), Failure> {
    let name = escaped(&one_line(name));
    out.line(format_args!("# Conversation with {name}\n\n`{}`", peer.id))?;
    let mut day = String::new();
    for message in conversation {
        let when = date_time(message.sent_at, zone);
        let (date, time) = when.split_once(' ').unwrap_or((when.as_str(), ""));
        if date != day {
            out.line(format_args!("\n## {date}"))?;
            date.clone_into(&mut day);
        }
        let author = if message.from == Author::Me { "me" } else { name.as_str() };
        out.line(format_args!("\n**{author}** {time}{}\n\n{}", state(message), quoted(message)))?;
    }
    Ok(())
}

/// What became of one's own message where it isn't plainly there.
fn state(message: &MessageRecord) -> String {
    match (message.from, message.state) {
        (Author::Me, MessageState::Queued | MessageState::Failed) => format!(" ({})", message_state(message.state)),
        _ => String::new(),
    }
}

fn quoted(message: &MessageRecord) -> String {
    let file = match (message.offer, captioned(message)) {
        (None, _) => String::new(),
        (Some(_), None) => "(file) ".to_owned(),
        (Some(_), Some(name)) => format!("(file {}) ", one_line(name)),
    };
    let text = format!("{file}{}", printable(&message.text));
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
    use crate::cli::output::tests::Kept;
    use crate::engine::fake::{message, peer};
    use crate::model::Path;

    #[test]
    fn a_conversation_has_days_authors_and_harmless_texts() {
        let luis = peer(1, "l*is", Path::Direct);
        let mut records: Vec<MessageRecord> = [
            "hola",
            "# not a heading\n\n1. not a list\n- nor this\n    nor code",
            "<script>alert(1)</script> [x](javascript:1) \u{1b}[31m",
        ]
        .into_iter()
        .map(|text| MessageRecord::from(&message(1, luis.id, text, MessageState::Queued)))
        .collect();
        records[1].from = Author::Peer;
        for (text, name) in [("a_b.pdf", "a_b.pdf"), ("read this", "a_b.pdf")] {
            let mut offer = MessageRecord::from(&message(1, luis.id, text, MessageState::Read));
            (offer.offer, offer.name) = (Some(offer.id.transfer()), Some(name.to_owned()));
            records.push(offer);
        }
        let kept = Kept::default();
        write(&luis, "l*is", &records, &TimeZone::UTC, &mut Output::to(kept.clone())).unwrap();
        let expected = format!(
            "# Conversation with l\\*is\n\n`{}`\n\n## 2025-11-22\n\n\
             **me** 08:26 (queued)\n\n> hola\n\n\
             **l\\*is** 08:26\n\n> \\# not a heading\\\n>\n> 1\\. not a list\\\n> \\- nor this\\\n> \
             \u{a0}\u{a0}\u{a0}\u{a0}nor code\n\n\
             **me** 08:26 (queued)\n\n> \\<script\\>alert(1)\\</script\\> \\[x\\](javascript:1) \\\\u\\{{1b\\}}\\[31m\n\n\
             **me** 08:26\n\n> (file) a\\_b.pdf\n\n**me** 08:26\n\n> (file a\\_b.pdf) read this\n",
            luis.id
        );
        assert_eq!(kept.text(), expected);
    }
}
