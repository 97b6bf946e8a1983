"""What the pages see: the one contract between the gateway and its pages."""
