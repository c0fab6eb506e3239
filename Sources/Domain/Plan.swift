/// Names a plan of one resource, absolute and whole per worker (dispatch.md section 2, Versions). A worker may be told a
/// new one as what changed since another (``PlanPatch``): the hash that it acknowledges is of the whole.
public struct PlanID: Hashable, Sendable, Codable {
    public var epoch: Epoch
    public var resource: ResourceID
    public var version: UInt64

    public init(epoch: Epoch, resource: ResourceID, version: UInt64) {
        self.epoch = epoch
        self.resource = resource
        self.version = version
    }
}

/// How a product is activated, and so who computes the request `x`.
public enum ActivationKind: String, Hashable, Sendable, Codable {
    /// Each worker, or the station itself, answers its own frequency with the product's curve.
    case localCurve
    /// The aggregator broadcasts the request.
    case signal
}

/// A point of a response curve: frequency in mHz, response in 1/1000 of the award, + = up.
public struct CurvePoint: Hashable, Sendable, Codable {
    public var milliHertz: Int
    public var perMille: Int

    public init(milliHertz: Int, perMille: Int) {
        self.milliHertz = milliHertz
        self.perMille = perMille
    }
}

/// Which part of a vehicle's range a segment uses: *shift* changes charging, *inject* discharges.
public enum SegmentKind: UInt8, Hashable, Sendable, Codable {
    case shift = 0
    case inject = 1
}

/// One product inside a worker's plan.
public struct PlanProduct: Hashable, Sendable, Codable {
    public var product: ProductID
    public var activation: ActivationKind
    /// Awarded power per direction, magnitudes ≥ 0.
    public var awardUp: Power
    public var awardDown: Power
    /// Power above the award that is held as spare in the whole resource, magnitudes ≥ 0.
    public var spareUp: Power
    public var spareDown: Power
    /// Response curve (localCurve only), in rising order of frequency.
    public var curve: [CurvePoint]
    /// Over-arming of a local curve in 1/1000; 1000 = as awarded. Adjusted between activations only.
    public var gainPerMille: Int
    /// Greatest change of the request per second that the guard accepts; 0 = unlimited.
    public var slewPerSecond: Power
    /// How long the last signal holds once it expires, before the ramp to baseline.
    public var holdTime: TimeSpan
    /// `C[bucket]` of this worker: where each merit bucket's cell starts on the axis of requested
    /// power of the whole resource, W ≥ 0, per direction. dispatch.md: `c_i = C[bucket, worker] + o_i`.
    public var upTable: [Int]
    public var downTable: [Int]

    public init(
        product: ProductID, activation: ActivationKind, awardUp: Power, awardDown: Power,
        spareUp: Power, spareDown: Power, curve: [CurvePoint], gainPerMille: Int,
        slewPerSecond: Power, holdTime: TimeSpan, upTable: [Int], downTable: [Int]
    ) {
        self.product = product
        self.activation = activation
        self.awardUp = awardUp
        self.awardDown = awardDown
        self.spareUp = spareUp
        self.spareDown = spareDown
        self.curve = curve
        self.gainPerMille = gainPerMille
        self.slewPerSecond = slewPerSecond
        self.holdTime = holdTime
        self.upTable = upTable
        self.downTable = downTable
    }
}

/// What a plan says of one charging point: its base and the bounds inside which it may be commanded.
public struct PlanEntry: Hashable, Sendable, Codable {
    public var slot: UInt32
    public var generation: UInt32
    /// Baseline setpoint, W, + = charge.
    public var base: Int32
    /// Least and greatest setpoint, W: promise, reserve, consent, site share and nameplate are all in here.
    public var low: Int32
    public var high: Int32
    /// True where the station holds its segment as a resident curve and must not get setpoints for it.
    public var resident: Bool

    public init(
        slot: UInt32, generation: UInt32, base: Int32, low: Int32, high: Int32, resident: Bool
    ) {
        self.slot = slot
        self.generation = generation
        self.base = base
        self.low = low
        self.high = high
        self.resident = resident
    }
}

/// A vehicle's interval on a product's axis, before the worker has placed it inside its cell.
public struct PlanSegment: Hashable, Sendable, Codable {
    public var slot: UInt32
    /// Index into ``WorkerPlan/products``.
    public var product: UInt8
    public var direction: Direction
    public var kind: SegmentKind
    public var bucket: UInt8
    /// Height of the interval, W > 0.
    public var height: Int32

    public init(
        slot: UInt32, product: UInt8, direction: Direction, kind: SegmentKind, bucket: UInt8,
        height: Int32
    ) {
        self.slot = slot
        self.product = product
        self.direction = direction
        self.kind = kind
        self.bucket = bucket
        self.height = height
    }
}

/// The whole plan of one worker for one resource. Within a bucket the worker orders segments by `slot`.
public struct WorkerPlan: Hashable, Sendable, Codable {
    public var id: PlanID
    public var worker: WorkerID
    /// The lease: unless renewed, the worker ramps out when it ends.
    public var validUntil: Instant
    public var products: [PlanProduct]
    public var entries: [PlanEntry]
    public var segments: [PlanSegment]

    public init(
        id: PlanID, worker: WorkerID, validUntil: Instant, products: [PlanProduct],
        entries: [PlanEntry], segments: [PlanSegment]
    ) {
        self.id = id
        self.worker = worker
        self.validUntil = validUntil
        self.products = products
        self.entries = entries
        self.segments = segments
    }

    /// Fingerprint of everything that moves power; the lease does not count, so it can be renewed alone.
    public var hash: UInt64 {
        var mark = Fingerprint()
        mark.add(self.id.epoch.value)
        mark.add(self.id.resource.rawValue)
        mark.add(self.id.version)
        for product in self.products {
            mark.add(product.product.rawValue)
            mark.add(product.activation.rawValue)
            for watts in [product.awardUp, product.awardDown, product.spareUp, product.spareDown] {
                mark.add(watts.watts)
            }
            for point in product.curve {
                mark.add(point.milliHertz)
                mark.add(point.perMille)
            }
            mark.add(product.gainPerMille)
            mark.add(product.slewPerSecond.watts)
            mark.add(product.holdTime.microseconds)
            for start in product.upTable + product.downTable { mark.add(start) }
        }
        for entry in self.entries {
            mark.add(entry.slot)
            mark.add(entry.generation)
            mark.add(entry.base)
            mark.add(entry.low)
            mark.add(entry.high)
            mark.add(entry.resident ? 1 : 0)
        }
        for segment in self.segments {
            mark.add(segment.slot)
            mark.add(segment.product)
            mark.add(segment.direction == .up ? 0 : 1)
            mark.add(segment.kind.rawValue)
            mark.add(segment.bucket)
            mark.add(segment.height)
        }
        return mark.value
    }
}
