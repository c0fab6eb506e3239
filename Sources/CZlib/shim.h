#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>

// One message of permessage-deflate (RFC 7692) a call, without context takeover. zlib's init functions are macros,
// which Swift does not see; the loops stay here so that no pointer into a stream leaves it.

enum { HEADROOM_ZLIB_MALFORMED = -1, HEADROOM_ZLIB_TOO_BIG = -2 };

static inline z_stream *headroom_inflater(void) {
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream && inflateInit2(stream, -15) != Z_OK) { free(stream); return NULL; }
    return stream;
}

static inline z_stream *headroom_deflater(int level, int window_bits, int memory) {
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream && deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static inline void headroom_inflater_free(z_stream *stream) { inflateEnd(stream); free(stream); }
static inline void headroom_deflater_free(z_stream *stream) { deflateEnd(stream); free(stream); }

// The length of the message, at most `most`; a negative number says what is wrong. `out` holds most + 1 bytes.
static inline long headroom_inflate(z_stream *stream, const unsigned char *in, size_t count,
                                    unsigned char *out, size_t most) {
    static const unsigned char tail[4] = {0, 0, 0xFF, 0xFF};
    int whole = 0;
    inflateReset(stream);
    stream->next_out = out;
    stream->avail_out = (uInt)(most + 1);
    for (int part = 0; part < 2; part++) {
        stream->next_in = (unsigned char *)(part ? tail : in);
        stream->avail_in = (uInt)(part ? sizeof tail : count);
        while (stream->avail_in > 0) {
            int code = inflate(stream, Z_SYNC_FLUSH);
            if (stream->avail_out == 0) return HEADROOM_ZLIB_TOO_BIG;
            if (code == Z_STREAM_END) {
                whole = 1;
                inflateReset(stream);
            } else if (code != Z_OK) {
                return HEADROOM_ZLIB_MALFORMED;
            } else {
                whole = (stream->data_type & 128) != 0;
            }
        }
    }
    if (!whole) return HEADROOM_ZLIB_MALFORMED;
    return (long)(most + 1 - stream->avail_out);
}

// The length of the compressed message without its tail, or a negative number where it does not fit into `room`.
static inline long headroom_deflate(z_stream *stream, const unsigned char *in, size_t count,
                                    unsigned char *out, size_t room) {
    deflateReset(stream);
    stream->next_in = (unsigned char *)in;
    stream->avail_in = (uInt)count;
    stream->next_out = out;
    stream->avail_out = (uInt)room;
    if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_in > 0 || stream->avail_out == 0) {
        return HEADROOM_ZLIB_TOO_BIG;
    }
    size_t length = room - stream->avail_out;
    return length >= 4 ? (long)(length - 4) : HEADROOM_ZLIB_MALFORMED;
}
