"""Lines: calls between processes of one node, over Unix sockets that only their user reaches.

A process that can be called listens at a socket of its own (`Listener`); whoever calls it keeps one connection to it
(`Line`), over which any number of calls go at once. Serve and Ray still decide which processes there are, and carry the
calls between nodes; a line saves the hand-overs that each of their calls takes, which are most of what a short call costs.
"""
