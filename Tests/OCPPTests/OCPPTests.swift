// OCPPTests
