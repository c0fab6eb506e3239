// GridCodesTests
