from orders.serials.grammar import Shape, Trap
from orders.serials.reading import LONGEST, Kind, Mark, Reading, normalise, read
