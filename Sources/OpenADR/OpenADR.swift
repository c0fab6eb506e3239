// OpenADR
