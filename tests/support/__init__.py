"""What the tests share: the app as a process, fakes, and pages and drawings that they compose."""
