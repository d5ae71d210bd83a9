"""An application that runs already → services, bases and environments. Pure."""
