"""The scenario `embedded`: processes of one machine that elect by a file, with no server and no actors beside it."""
