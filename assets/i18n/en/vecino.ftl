# The window's words in English. Every key here stands in es/vecino.ftl too; a test compares them.

## First start

welcome-title = What should people call you?
welcome-hint = This is the name that others on your network see.
welcome-start = Start
starting = Starting…

## A start that failed

failure-title = vecino can't start
failure-stopped = vecino has stopped
quit = Quit

## Sidebar

people-here = { $count ->
    [0] Nobody else here
    [one] 1 person here
   *[other] { $count } people here
}
search-placeholder = Find a person
conversations = Conversations
people-title = People here
also-here = Also here
search-nothing = Nothing found
same-nickname = Same nickname, another person
through-relay = Through the relay
say-hello = Say hello
sending-preview = Sending: { $name } · { $percent } %
receiving-preview = Receiving: { $name } · { $percent } %
file-preview = File: { $name }

## Presence

online = Online
away = Away
busy = Busy
offline = Offline
path-direct = direct
path-relayed = through the relay
last-seen = last here { $when }

## Nobody here

nobody-title = Nobody here yet
nobody-listening = Listening for people on your network…
nobody-you = You are { $name }
nobody-addresses = You can be reached at
nobody-no-addresses = No network address yet. Is this computer connected?
nobody-why = If somebody should be here:
nobody-why-same = Both computers have to be on the same network, with vecino open on both.
nobody-why-guest = Guest Wi-Fi often keeps computers apart. Try another network or a cable.
nobody-why-firewall = A firewall may be in the way: allow vecino there.
nobody-why-address = Or enter their address here:
choose-title = Choose somebody to write to
choose-hint = Or press { $key } to find a person.
address-placeholder = 192.168.1.20:48237
address-add = Connect
address-adding = Connecting…
copy = Copy

## Conversation

tip-back = Back
tip-pop-out = Open in its own window
tip-attach = Send a file
tip-dismiss = Dismiss
message-placeholder = Message { $name }
send = Send
new = New
no-messages = No messages yet
no-messages-hint = What you write here goes straight to { $name }, and nowhere else.
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
choose-file = Choose a file to send
choose-folder = Choose where to keep it

## Files

accept = Accept
save-to = Save to…
decline = Decline
open = Open
show-in-folder = Show in folder
file-from = { $size } · from { $name }
file-waiting = { $size } · waiting for { $name } to accept
file-progress = { $done } of { $size }
file-starting = Starting…
file-away = Waiting for { $name } to be here
file-paused = Paused
file-paused-why = Paused: { $cause }
file-saved = { $size } · saved
file-received = { $size } · received by { $name }
file-failed = Failed
file-failed-why = Failed: { $cause }
file-declined = { $size } · declined
file-cancelled = { $size } · cancelled
file-unknown = { $size }

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
error-file = { $path }: { $cause }
error-unknown-peer = This person isn't known here.
error-oneself = That is yourself.
error-message-gone = The message can't be withdrawn any more.
error-transfer-state = That can't be done with this file any more.
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
error-control = Commands won't reach this window: { $cause }
