"""Errors that are not findings: something outside the input stands in the way."""

from __future__ import annotations


class Refusal(Exception):
    """gen will not, or cannot, go on. `next_step` tells what a person does about it.

    `exit_code`: 1 the input or its surroundings, 2 usage, 4 a guard, 5 a newer source is published.
    """

    def __init__(self, message: str, next_step: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.next_step = next_step
        self.exit_code = exit_code
