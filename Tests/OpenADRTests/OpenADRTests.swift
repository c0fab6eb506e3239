// OpenADRTests
