import CTelemetry
public import Domain

// The hot path: records of a frame into their lines, the hot column and the totals.
extension FleetState {
    /// Takes a batch of records into the lines; unknown workers, incarnations and slots change nothing, nor does a record
    /// whose most charge or discharge is negative. Returns how many records were taken; ``refused`` counts the others.
    public mutating func ingest(_ batch: TelemetryBatch) -> Int {
        guard let owner = self.workerIndex[batch.worker],
            self.workers[owner].incarnation == batch.incarnation,
            batch.stride >= MemoryLayout<headroom_record>.size, batch.count >= 0,
            batch.count <= batch.bytes.count / batch.stride
        else { return 0 }
        // Sound: the bytes hold `count` records of `stride` bytes, as just checked.
        return unsafe batch.bytes.withUnsafeBytes { bytes in
            unsafe self.ingest(
                bytes, stride: batch.stride, count: batch.count, worker: owner,
                receivedAt: Int64(batch.sentAt.microseconds))
        }
    }

    /// The hot path under ``ingest(_:)``: `count` records of `stride` bytes for the worker at index `worker`.
    /// Unsafe: the caller has checked that `bytes` holds that many. What is written lies inside `lines` and `hot`, since a
    /// worker's `base + used` never passes their end, and inside the totals, whose counts the kernel is told; `VehicleLine`
    /// and `Totals` have the layouts of its structs, which tests hold fast.
    @unsafe public mutating func ingest(
        _ bytes: UnsafeRawBufferPointer, stride: Int, count: Int, worker: Int, receivedAt: Int64
    ) -> Int {
        let range = self.range(worker)
        var refused = Refused()
        defer { self.refused += refused }
        return unsafe self.lines.withUnsafeMutableBytes { lines in
            unsafe self.hot.withUnsafeMutableBufferPointer { hot in
                unsafe self.totals.withUnsafeMutableBytes { totals in
                    unsafe self.siteTotals.withUnsafeMutableBytes { sites in
                        guard let lines = unsafe lines.assumingMemoryBound(to: headroom_line.self).baseAddress,
                            let hot = hot.baseAddress
                        else { return 0 }
                        let totals = unsafe totals.assumingMemoryBound(to: headroom_sums.self)
                        let sites = unsafe sites.assumingMemoryBound(to: headroom_sums.self)
                        var fleet = unsafe headroom_fleet(
                            lines: lines + range.lowerBound, hot: hot + range.lowerBound, used: range.count,
                            resources: totals.baseAddress, sites: sites.baseAddress, resource_count: totals.count,
                            site_count: sites.count, unbound: 0, absurd: 0)
                        let taken = unsafe headroom_take(bytes.baseAddress, stride, count, receivedAt, &fleet)
                        unsafe refused = Refused(unbound: Int(fleet.unbound), absurd: Int(fleet.absurd))
                        return taken
                    }
                }
            }
        }
    }
}
