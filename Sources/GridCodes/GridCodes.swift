// GridCodes
