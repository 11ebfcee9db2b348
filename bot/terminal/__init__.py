"""What each command does at a terminal, one file a theme; ``screen`` alone prints, ``rows`` alone shapes JSON."""
