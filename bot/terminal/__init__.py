"""The terminal: the same workshop without Discord, a guild of its own.

``open_paper`` takes the screen, ``TerminalSender`` shows pages on it, ``Terminal`` reads the keyboard.
"""

from bot.terminal.paper import Paper, open_paper
from bot.terminal.sender import TerminalSender
from bot.terminal.terminal import Terminal

__all__ = ["Paper", "Terminal", "TerminalSender", "open_paper"]
