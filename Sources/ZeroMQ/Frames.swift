import CZeroMQ

/// One frame, and the name of the key it came under.
struct ReceivedFrame {
    var bytes: [UInt8]
    var userID: String?
}

/// Receives a whole message; nil when there is none (or the context is gone).
@unsafe
func receiveFrames(_ socket: UnsafeMutableRawPointer, flags: Int32) -> [ReceivedFrame]? {
    var frames: [ReceivedFrame] = []
    while true {
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        defer { unsafe zmq_msg_close(&message) }
        var count: Int32
        repeat {
            count = unsafe zmq_msg_recv(&message, socket, flags)
        } while count < 0 && zmq_errno() == EINTR
        guard count >= 0 else { return nil }
        let bytes = unsafe Array(
            UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message)))
        let user = unsafe zmq_msg_gets(&message, "User-Id").map { unsafe String(cString: $0) }
        frames.append(ReceivedFrame(bytes: bytes, userID: user))
        if unsafe zmq_msg_more(&message) == 0 { return frames }
    }
}

/// Sends a whole message without waiting; false when the socket's queue is full or nobody is there.
@unsafe
func sendFrames(_ socket: UnsafeMutableRawPointer, _ frames: [[UInt8]]) -> Bool {
    for (index, frame) in frames.enumerated() {
        let flags = ZMQ_DONTWAIT | (index + 1 < frames.count ? ZMQ_SNDMORE : 0)
        let sent = unsafe frame.withUnsafeBytes { unsafe zmq_send(socket, $0.baseAddress, $0.count, flags) }
        if sent < 0 { return false }
    }
    return true
}
