"""What is said on Discord alone; everything that the terminal says too stands in ``bot.wording``."""

from typing import Final

FINISHED: Final = "This story is finished. The thread below keeps it."
IN_THE_THREAD: Final = "Open the thread below to take part."
BEGINS_HERE: Final = "begins here."
WRITING: Final = "The model is writing…"
DRAFTED: Final = "The drafts are ready; the vote stands below"
DRAFTED_ONE: Final = "The draft is ready; the vote stands below"
STILL_PROPOSE: Final = "You can still /propose your own. Nobody sees whose is whose until the vote closes."
ASKED_BY: Final = "asked by {name}"
TAKEN_BACK: Final = "taken back"
COMES_NEXT: Final = "comes next"

WHAT_COMES_NEXT: Final = "What comes next?"
CHOOSE: Final = "Choose with a button; you can change your mind until the vote closes."
IN_FULL: Final = "Long candidates are cut here: Read in full shows them whole."
VOTE_CLOSED: Final = "The vote is closed."
CHOSEN: Final = "chosen"

OPEN_AGAIN: Final = "Nothing of a story is lost with its thread: with a button below, its opener or a moderator opens it again in this channel."
PRIVACY: Final = "What is kept of you"
RESTARTED: Final = "Scriptorium was restarted before this was done. Please try it again."
NOT_CHANGED: Final = "Nothing was changed."
LIST_ATTACHED: Final = "The list is too long for a message, so here it is as a file."
IN_ITS_THREAD: Final = "It is here: {thread}"
YOUR_TEXT: Final = "Your text:"
YOUR_TEXT_ATTACHED: Final = "Your text is attached."
YOUR_TEXT_FILE: Final = "your-text.txt"
CANDIDATES_FILE: Final = "candidates.md"
CANDIDATES_ATTACHED: Final = "They are too long for a message, so here they are as a file."
EXPORTED: Final = "The story as far as it is written."
NOTHING_WRITTEN: Final = "Nothing is written yet."
PAGE_OF: Final = "page {page} of {last}"
OUR_FAULT: Final = "Something went wrong on our side; it is logged as {number}. Please try again in a moment."
UNKNOWN_BUTTON: Final = "That button is from another version of Scriptorium. Please use the newest message."

ONLY_IN_SERVERS: Final = "Stories live in servers. Please use this in a server's channel."
NOT_IN_A_THREAD: Final = "A story gets a thread of its own, so please start it in a text channel: {channel}."
NOT_IN_THIS_CHANNEL: Final = (
    "A story gets a thread of its own, and this kind of channel has none. Please start it in a text channel."
)
MISSING_PERMISSIONS: Final = "I may not do everything here that a story needs. Please let somebody give me: {missing}. Then start it again."
CANNOT_SHOW: Final = "Nothing is lost, but it cannot be seen in the thread yet: I may not write there. Please let somebody give me: {missing}. Then it appears within a minute."

COMMAND_CHANGED: Final = "That command has just changed. Please try it again in a minute."
UNKNOWN_TO_DISCORD: Final = "Discord does not know the token in DISCORD_TOKEN. Copy it again from the developer portal: your application, Bot, Reset Token."
INTENT_REFUSED: Final = "Discord refuses the Message Content intent. Switch it on in the developer portal (your application, Bot), or set discord.message_content = false."
