"""Several machines: who takes part, what they tell one another, and the sums that they make together."""

from chargen.cluster.link import Link, Message
from chargen.cluster.meeting import Facts, Team, join, meet
from chargen.cluster.members import Cluster, find_cluster

__all__ = ["Cluster", "Facts", "Link", "Message", "Team", "find_cluster", "join", "meet"]
