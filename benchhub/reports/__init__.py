"""Reports: runs rendered for people. Text in, text out; nothing here prints or measures."""
