# The window's words in English. Every key here stands in es/vecino.ftl too; a test compares them.

## First start

welcome-title = What should people call you?
welcome-hint = This is the name that others on your network see.
welcome-nobody = neighbour
welcome-start = Start
starting = Starting…

## A start that failed

failure-title = vecino can't start
failure-stopped = vecino has stopped
quit = Quit

## Sidebar

people-here = { $count ->
    [0] Nobody here
    [one] 1 person here
   *[other] { $count } people here
}
search-placeholder = Find people and messages
messages-found = Messages
tip-sidebar = Yourself, people and messages ({ $key })
search-more = Show more
find-placeholder = Find here
find-place = { $at } of { $count }
find-older = The one before
find-newer = The one after
find-close = Close the search · Esc
conversations = Conversations
people-title = People here
also-here = Also here
search-nothing = Nothing found
same-nickname = Same nickname, another person
through-relay = Through the relay
say-hello = Say hello
sending-preview = Sending: { $name } · { $percent } %
receiving-preview = Receiving: { $name } · { $percent } %
waiting-preview = Waiting: { $name } · { $percent } %
file-preview = File: { $name }
draft-preview = Draft: { $text }

## Presence

online = Online
away = Away
busy = Busy
offline = Offline
path-direct = direct
path-relayed = through the relay
typing = is typing…
last-seen = last here { $when }

## Nobody here

nobody-title = Nobody here yet
nobody-listening = Listening for people on your network…
nobody-you = You are { $name }
nobody-addresses = You can be reached at
nobody-no-addresses = No network address yet. Is this computer connected?
nobody-since = Listening since { $time }
nobody-network-up = This computer is on a network
nobody-network-down = vecino has no address on a network
nobody-multicast-off = Looking for others by multicast is off
nobody-multicast-failed = Multicast can't be used here
nobody-multicast-silent = Nobody else was heard by multicast yet
nobody-multicast-heard = Another computer's vecino was heard by multicast
nobody-reach-none = vecino listens on no port
nobody-reach-listening = Listens on port { $port }; no other computer has connected yet
nobody-reach-made = Another computer has connected to this one
nobody-why = If somebody should be here:
nobody-why-same = Both computers have to be on the same network, with vecino open on both.
nobody-why-guest = Guest Wi-Fi often keeps computers apart. Try another network, a cable, or a relay that both can reach.
nobody-why-firewall = A firewall may be in the way: allow vecino there.
nobody-why-address = Or enter their address or invite here, or a relay's:
choose-title = Choose somebody to write to
choose-hint = Or press { $key } to find a person.
address-placeholder = 192.168.1.20:48237 or vecino:…
address-add = Connect
address-adding = Connecting…
copy = Copy

## Relays

relays = Relays
relay-connecting = connecting…
relay-not-reached = not reached: { $cause }
relay-ready = ready
relay-refused = doesn't take you
relay-refused-why = doesn't take you: { $cause }
relay-spare = not needed now
relay-added = { $name } is a relay. It is used from now on.
relay-forget = Forget this relay
relay-forget-question = Forget this relay? Who is reached through it alone will be gone.
relay-forget-yes = Forget it
relay-forget-no = Keep it
invite-copy = Copy my invite
invite-copied = Your invite is copied. Whoever has it can add you, and use the relays that you use.

## Conversation

tip-back = Back
tip-pop-out = Open in its own window
tip-menu = More ({ $key })
tip-attach = Send files or folders
tip-transfers = Transfers ({ $key })
tip-dismiss = Dismiss
menu-find = Find in this conversation
menu-files = Send files…
menu-folder = Send a folder…
menu-export = Save the conversation…
message-placeholder = Message { $name }
send = Send
new = New
no-messages = No messages yet
no-messages-hint = What you write here goes straight to { $name }, and nowhere else.
no-messages-hint-relayed = What you write here reaches { $name } through a relay, which can't read it.
offline-hint = { $name } isn't here. Messages are kept and go out as soon as they are.
jump-to-latest = Latest messages
jump-to-new = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}
sent-by-newer = Sent by a newer version of vecino
cancelled-message = Withdrawn
not-sent = Not sent: { $cause }
not-sent-unknown = Not sent
attach-files = Files…
attach-folders = Folder…
caption-goes-along = What you have written goes along
drop-here = Drop here to send to { $name }
looking-through = Looking through what is to be sent to { $name }…
dropped-on-nobody = Nothing was sent: open a conversation, and drop files there.
picture-name = Picture { $time }
choose-files = Choose files to send
choose-folders = Choose folders to send
choose-target = Choose where to keep it
choose-export = Choose where to save the conversation
export-text = Text
export-markdown = Markdown
export-lines = JSON, a message a line
export-title = Conversation with { $name }
export-me = Me
export-file = file
export-queued = not sent yet
export-failed = not sent
export-saving = Saving the conversation…
export-saved = Saved as { $path }

## Files

accept = Accept
save-to = Save to…
decline = Decline
open = Open
open-folder = Open folder
show-in-folder = Show in folder
pause = Pause
resume = Resume
cancel = Cancel
try-again = Try again
cancel-question = Cancel this transfer? What has arrived so far is removed.
cancel-yes = Cancel it
cancel-no = Keep it
files = { $count ->
    [one] 1 file
   *[other] { $number } files
}
file-from = { $contents } · from { $name }
file-waiting = { $contents } · waiting for { $name } to accept
file-progress = { $done } of { $size }
file-starting = Starting…
file-away = Waiting for { $name } to be here
file-paused = Paused
file-paused-by = Paused by { $name }
file-paused-why = Paused: { $cause }
file-disk-full = Paused: the disk is full. It goes on once there is room for { $size } more.
file-disk-full-there = Paused: { $name }'s disk is full, or can't be written. It goes on by itself once it can.
file-saved = { $contents } · saved
file-received = { $contents } · received by { $name }
file-failed = Failed
file-failed-why = Failed: { $cause }
file-failed-rest = the rest is saved
file-declined = { $contents } · declined
file-cancelled = { $contents } · cancelled
left-out = { $count ->
    [one] 1 thing was left out; links, special files and what can't be read aren't sent: { $names }
   *[other] { $count } things were left out; links, special files and what can't be read aren't sent: { $names }
}

## Transfers

transfers = Transfers
transfers-now = Now
transfers-past = Earlier
transfers-more = Show earlier ones
transfers-running = { $count } running
transfers-waiting = { $count ->
    [one] 1 waits for the other side to be here
   *[other] { $count } wait for the other side to be here
}
transfers-idle = Nothing is running
transfer-to = To { $name }
transfer-from = From { $name }
no-transfers = No files yet
no-transfers-hint = What you send and receive is listed here.

## Dates

today = Today
yesterday = Yesterday
monday = Monday
tuesday = Tuesday
wednesday = Wednesday
thursday = Thursday
friday = Friday
saturday = Saturday
sunday = Sunday
monday-short = Mon
tuesday-short = Tue
wednesday-short = Wed
thursday-short = Thu
friday-short = Fri
saturday-short = Sat
sunday-short = Sun
january = January
february = February
march = March
april = April
may = May
june = June
july = July
august = August
september = September
october = October
november = November
december = December
january-short = Jan
february-short = Feb
march-short = Mar
april-short = Apr
may-short = May
june-short = Jun
july-short = Jul
august-short = Aug
september-short = Sep
october-short = Oct
november-short = Nov
december-short = Dec
date = { $day } { $month }
date-with-year = { $day } { $month } { $year }
date-short = { $day } { $month }
date-short-with-year = { $day } { $month } { $year }
seconds-left = { $count } s left
minutes-left = { $count } min left
hours-left = { $count } h left

## Errors

error-address = “{ $text }” is not an address. Write it like 192.168.1.20:48237.
error-unreachable = Nobody could be reached at { $address }: { $cause }
error-invite-damaged = This invite is not complete. Copy all of it, from “vecino:” to its end.
error-invite-newer = This invite comes from a newer vecino. Update this one.
error-relay-refuses = The relay { $name } doesn't take you: { $cause }
error-file = { $path }: { $cause }
error-unknown-peer = This person isn't known here.
error-oneself = That is yourself.
error-message-gone = The message can't be withdrawn any more.
error-transfer-state = That can't be done with this file any more.
error-offer-lost = Where these files were isn’t known here any more. Choose them and send them again.
error-already-running = vecino is open already with this profile ({ $path }).
error-timed-out = No answer came in time.
error-stopped = vecino has stopped. Open it again.
error-no-such-peer = Nobody called “{ $name }” is known here.
error-ambiguous = Several people are called “{ $name }”.
error-no-such-transfer = This file isn't known here.
error-nickname-empty = A name needs at least one visible character.
error-nickname-long = A name has at most { $most } characters.
error-nickname-control = A name can't hold line breaks or control characters.
error-nickname-hidden = A name can't hold invisible characters or ones that turn the direction of text.
error-text-empty = There is nothing to send.
error-text-long = This message has { $size }; at most { $most } can be sent in one. Send it as a file instead.
error-text-nul = This message holds a character that can't be sent. Send it as a file instead.
error-open = This file can't be opened: { $cause }
error-open-link = This link can't be opened: { $cause }
error-export = The conversation can't be saved: { $cause }
error-paste-large = The picture on the clipboard is too large to be sent. Save it as a file, and send that.
error-paste-damaged = The picture on the clipboard can't be read.
error-control = Commands won't reach this window: { $cause }
error-autostart = Whether vecino starts when you sign in can't be told or changed: { $cause }

## Reasons: parts of sentences

why-sender-cancelled = the sender has cancelled it
why-offer-misfit = the sender offers something else than it had said
why-other-content = the sender gave something else than it had offered
why-false-size = the sender lied about the size of a file
why-damaged = what arrives is damaged, again and again
why-too-many-lost = too many of the files can't be had any more
why-list-unreadable = the sender's list of what it offers can't be read
why-no-longer-offered = the sender no longer offers it
why-not-understood = the sender did not understand the request
why-some-gone = some of what had come is gone
why-not-received = the other side could not receive it
why-offer-damaged = what was noted of the offer is damaged; send it again
why-not-a-plain-file = something else is in the place of what had come
why-folders-too-deep = there are too many folders, one in another
why-no-downloads = there is no folder for downloads; choose where received files go
why-stopped = vecino has stopped
why-cancelled = cancelled
why-cancelled-late = cancelled, but it had arrived already
why-nothing-to-offer = there is nothing to send
why-too-much = the files are too large together
why-stray-entry = an entry is in no folder of the offer
why-twin-items = two items have the same name
why-own-address = that is this computer's own address
why-no-answer = no answer
why-timed-out = no answer in time
why-no-addresses = no address is known
why-dial-aborted = it was given up
why-dial-denied = it isn't allowed here
why-not-a-vecino = what answers there is not a vecino
why-too-many-ways = there are too many ways through relays
why-not-a-relay = what answers there is no relay
why-not-at-relay = whom you look for isn't at that relay now
why-not-through-relay = the relay doesn't get through to whom you look for
why-relay-full = the relay is full
why-relay-forbids = the relay doesn't allow it
why-tells-too-much = it tells more than it should
why-places-dont-last = the places that it gives don't last
why-too-many-addresses = it has too many addresses
why-wrong-list = its list of members is not right
why-no-reason = it gives no reason
why-relay-invalid = it doesn't understand this version
why-relay-not-allowed = it isn't for you
why-relay-token = it needs an invitation
why-relay-has-no-room = it's full
why-relay-crowded = too many come from your address
why-relay-too-quick = it was asked too often
why-relay-leaving = it's going down
why-relay-other = it doesn't take you
said-invalid = that can't be understood here
said-not-allowed = this relay isn't for you
said-local-only = this relay is for people at private addresses
said-list-only = this relay has a list of who may use it
said-wrong-token = this relay wants a token that it knows
said-address-full = too many members at your address
said-too-often = too many requests
said-flood = too many attempts to connect
said-connections = too many connections of one member
said-circuits = too many circuits
said-unannounced = only members are told of the others
said-no-member = not a member here
said-given-up = given up
said-leaving = the relay is going down
why-no-address = neither a multiaddr nor host:port
why-not-tcp = it needs an IP address and a TCP port
why-half-a-circuit = a way through a relay needs the relay's id and the peer's: …/p2p/RELAY/p2p-circuit/p2p/PEER
why-foreign-peer = the peer id in it is not one of vecino's
why-names-no-relay = this invite names no relay
why-leads-through-relay = it leads through a relay itself
why-invite-damaged = the invite is not complete; copy all of it, from “vecino:” to its end
why-invite-newer = the invite comes from a newer vecino than this one
why-port-taken = another program listens there
why-not-listenable = it has to be an IP address and a TCP port, as /ip4/0.0.0.0/tcp/48237
why-no-home = this user has no home directory; name one for vecino with --data-dir
why-long-settings = it's too long for settings
why-not-text = it isn't UTF-8 text
why-file = { $name } { $why }
why-several = { $lost } of { $files } files could not be had; the first: { $first }
why-unwritable = it can't be written ({ $cause }); it's tried again
why-no-room = not enough room: { $needed } are needed, { $free } are free
why-no-room-for = there's no room for { $name } on the disk
why-too-large = { $name } is too large to be sent so (at most { $most })
why-offer-not-kept = what is to be sent can't be noted: { $cause }
why-list-not-kept = the list of what is to be sent can't be kept: { $cause }
why-too-many-entries = these are more files and folders than can be sent at once (at most { $most })
why-too-many-items = at most { $most } files and folders can be picked at once; send a folder that holds them
why-denied = the sender refused (cause { $cause })
why-silence = no answer in { $count } s
why-somebody-else = somebody else is there: { $peer }
why-relay-away = the relay isn't reached: { $cause }
why-missing-beside = it's missing or empty, but { $log } is there
why-schema = its schema's version is { $version }
why-key-length = it should hold { $expected } bytes and holds { $found }
why-no-randomness = the system gives no randomness: { $cause }
its-changed-meanwhile = was changed while it was being sent
its-unreadable-there = can't be read by its sender
its-no-place = can't be made here: its name or that of its folder is taken or too long
its-changed = was changed after it was offered; send it again
its-unreadable-here = can't be read; send it again
its-link = is a link
its-special = is neither a file nor a folder
its-name-not-text = has a name that isn't text
its-name-too-long = has too long a name
its-exposed = must be a folder that only you can open: remove it, or set its owner and mode (chmod 700)
its-unnameable = can't be named there
its-nameless = has no name; pick the folders in it instead
its-unreadable = can't be read: { $cause }
its-too-deep = is in too many folders, one in another (at most { $most })
refused-invalid = the other side could not accept this message as valid
refused-blocked = the other side does not accept messages from you
refused-over-budget = the other side accepts no more messages until they answer
refused-other = the other side refused this message (cause { $cause })

## What the system says

system-not-found = it isn't there
system-no-permission = permission denied
system-no-space = no room is left on the disk
system-read-only = it's read-only
system-exists = it's there already
system-not-a-folder = it isn't a folder
system-is-a-folder = it's a folder
system-bad-name = such a name can't be used there
system-file-too-large = a file can't be so large there
system-busy = another program uses it
system-damaged-data = what is there is damaged
system-stale = the network drive has lost it
system-no-memory = no memory is left
system-unsupported = this system can't do that
system-refused = the connection was refused
system-broken = the connection broke off
system-host-unreachable = no way leads to that computer
system-network-unreachable = no way leads to that network
system-network-down = the network is down
system-address-taken = the address is in use already
system-not-our-address = it isn't an address of this computer
system-timed-out = it took too long

## What is kept, and the network

store-shared-folder = { $path } is a folder that everyone uses. Name one for vecino alone.
store-not-a-database = { $path } is not a vecino database. It was left as it is: move it away to begin with an empty history, or restore it from a backup.
store-damaged = { $path } is damaged ({ $cause }). It was left as it is: restore it from a backup, or move it away to begin with an empty history.
store-newer = { $path } was written by a newer vecino. Update vecino on this computer.
store-read-only = { $path } can't be written: it is read-only. Make it writable, or name another data directory.
store-full = { $path } can't be written: the disk is full. Make room on it and try again.
store-no-permission = { $path } can't be opened: permission denied. Give it back to the user that vecino runs as.
store-identity = The identity key { $path } can't be used: { $cause }. It was left as it is: restore it from a backup, or move it away to get a new identity (to others you will be somebody new).
store-settings = { $path }: { $cause }. It was left as it is: correct it, or move it away to get the defaults.
store-settings-line = { $path }, line { $line }: { $cause }. It was left as it is: correct it, or move it away to get the defaults.
store-stale = Something else was kept meanwhile. Try again.
store-no-such-message = This message isn't known here.
net-key = The identity key can't be used.
net-transport = The network could not be set up: { $cause }
net-listen = vecino can't listen at { $address }: { $cause }
net-closed = No longer listening at one address: { $cause }
net-discovery = People won't appear by themselves: multicast DNS can't be used here ({ $cause }).
net-discovery-ended = People no longer appear by themselves: multicast DNS has ended.
warning-not-sent = A message can't be sent: { $cause }
warning-not-kept = A message can't be kept: { $cause }
warning-not-removed = What came of a transfer could not be removed: { $cause }
warning-relay-invite = An invite that was set as a relay can't be used: { $cause }
warning-relay-address = “{ $text }” can't be used as a relay: { $cause }
warning-relay-unknown = The relay “{ $name }” isn't used yet: nobody on this network knows that name.

## Settings

settings = Settings
tip-settings = Settings ({ $key })
tip-close = Close
tip-enlarge = Enlarge
settings-profile = Profile
settings-nickname = What people call you
settings-save = Save
settings-identity = Your identity. Whoever has it knows that it's you
settings-appearance = Appearance
settings-theme = Colours
theme-system = As the system
theme-light = Light
theme-dark = Dark
settings-language = Language
language-system = The system's
settings-text-size = Text size
percent = { $number } %
settings-drawing = Drawn by
drawing-processor = Processor
drawing-graphics-card = Graphics card
drawing-hint = The processor starts at once and takes little memory. A graphics card takes more of it, and may be smoother on large screens. A change counts from the next start on.
graphics-failed = vecino ended while the graphics card drew its window. The processor draws it now; the settings have the choice.
settings-privacy = Privacy
settings-receipts = Tell others what I have read
settings-typing = Tell others that I am writing to them
privacy-hint = What you don't tell others, you don't see of them either.
settings-files = Files
settings-accept = Files that somebody sends are taken
accept-ask = When I say so
accept-known = From people I have written to
accept-all = From everybody
settings-folder = What is received goes to
folder-system = The system's downloads folder
folder-choose = Choose…
folder-reset = Use the system's folder
folder-title = Choose where received files go
settings-network = Network
network-interfaces = Found and reached on
network-interface-gone = not connected
network-interfaces-hint = At least one stays on. Where all are on, those that come later are too. Whoever is connected already stays so.
network-found = Find people on the network, and be found by them
network-port = Port
network-port-any = any
network-port-hint = A firewall has to let in this TCP port, and UDP 5353 for people to appear. Left empty, any free port is taken.
network-port-wrong = A port is a number from 1 to 65535; leave it empty for any.
network-port-taken = Port { $port } can't be had here, most likely because another program has it: it's { $other } instead.
network-given = vecino was told at its start where to be reached. Networks and port count from a start without that.
relays-found = Use relays that are found on the network
settings-add = Add a person or a relay by address or invite
settings-about = About
about-version = vecino { $version }
about-words = A messenger for people on the same network, without a server, an account or the internet. Free software under the MIT or Apache 2.0 licence.

## Keys

shortcuts = Shortcuts
key-find = Find a person or conversation
key-find-everywhere = Find in all conversations
key-find-here = Find in this conversation
key-page-up = Scroll up
key-page-down = Scroll down
key-previous = Conversation above
key-next = Conversation below
key-previous-unread = Unread conversation above
key-next-unread = Unread conversation below
key-nth = The first to ninth conversation
key-attach = Send files
key-transfers = Transfers
key-menu = Menu of the conversation
key-pop-out = Conversation in its own window
key-focus-next = To the next button or field
key-focus-previous = To the one before
key-settings = Settings
key-shortcuts = This list
key-back = Back, or to the latest message
key-close-window = Close the window
key-quit = Quit
key-name-page-up = Page Up
key-name-page-down = Page Down

## Emoji

tip-emoji = Emoji
emoji-search = Find an emoji
emoji-smileys = Smileys
emoji-people = People
emoji-animals = Animals and nature
emoji-food = Food and drink
emoji-travel = Travel and places
emoji-activities = Activities
emoji-objects = Objects
emoji-symbols = Symbols
emoji-flags = Flags

## Notifications

settings-notifications = Notifications
notifications-preview = Who writes, and what
notifications-name = Who writes
notifications-off = None
notifications-hint = None come for the conversation in front, or while you are busy.

## Closing, and the tray

settings-closing = Starting and closing
autostart = Start when I sign in
close-to-tray = Keep running in the tray when the last window is closed
closing-in-tray = Closing the last window leaves vecino running in the tray.
closing-quits = Closing the last window quits vecino.
closing-without-tray = There is no tray here: closing the last window quits vecino.
tray-open = Open vecino

## Links

link-person = Add the person at { $address } from this link?
link-person-behind = Add the person behind the relay at { $address } from this link?
link-person-nowhere = Add the person from this link? It says no address.
link-relay = Use the relay at { $address } from this link?
link-relays-too = You would also use the relay at { $address }.
link-add = Add
link-page = This link leads to { $host }. Open it?
link-mail = Write a mail to { $address }?
link-open = Open
link-not-now = Not now
link-bad = The link that was opened is no invite, or not all of one. Ask for a new one.
