// StationsTests
