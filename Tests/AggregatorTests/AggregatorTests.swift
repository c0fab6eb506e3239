// AggregatorTests
