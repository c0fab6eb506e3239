import Domain
import Logging
import OpenADR
import Runtime
import Synchronization

extension VENService {
    /// Makes sure that the VTN knows our ven, its resources and where to notify us. Does nothing once that
    /// is so, until the VTN could not be used.
    func register() async throws {
        guard self.state.withLock({ $0.venID }) == nil else { return }
        let ven = try await self.ownVen()
        let known = try await self.client.list(Resource.self, query: [("venID", ven.text)]).objects
        for resource in self.configuration.resources
        where !known.contains(where: { $0.request.resourceName == resource.rawValue }) {
            do {
                _ = try await self.client.create(
                    ResourceRequest(resourceName: resource.rawValue, venID: ven))
            } catch let failure as VTNFailure where failure.status == 409 {
                self.logger.debug(
                    "the VTN has the resource already", metadata: ["resource": "\(resource)"])
            }
        }
        await self.subscribe()
        self.state.withLock { $0.venID = ven }
        self.logger.info("registered at the VTN", metadata: ["ven.id": "\(ven)"])
    }

    /// Our own ven: a VTN shows a VEN no other, so whichever it shows is ours.
    private func ownVen() async throws -> ObjectID {
        let name = self.configuration.venName
        func own() async throws -> ObjectID? {
            let vens = try await self.client.list(Ven.self).objects
            return
                (vens.first { $0.request.venName == name }
                ?? vens.first { $0.clientID == self.configuration.clientID })?.id
        }
        if let id = try await own() { return id }
        do {
            return try await self.client.create(VenRequest(venName: name)).id
        } catch let failure as VTNFailure where failure.status == 409 {
            if let id = try await own() { return id }
            throw VTNFailure(
                status: 409,
                detail: "venName \(name) belongs to another client: set another ven.venName")
        }
    }

    /// Asks for notifications where a webhook is configured. Without them the poll does all.
    private func subscribe() async {
        guard let webhook = self.configuration.webhook else { return }
        let token = WallClock.newTrace().hex + WallClock.newTrace().hex
        self.state.withLock { $0.callbackToken = token }
        let request = SubscriptionRequest(
            clientName: self.configuration.venName,
            objectOperations: [
                .init(
                    objects: [.program, .event], operations: [.create, .update, .delete],
                    callbackUrl: webhook.url, bearerToken: token)
            ])
        do {
            let own = try await self.client.list(
                Subscription.self, query: [("clientName", self.configuration.venName)]
            ).objects.filter {
                $0.request.objectOperations.contains { $0.callbackUrl == webhook.url }
            }
            for stale in own.dropFirst() { try await self.client.delete(.subscription, stale.id) }
            if let first = own.first {
                _ = try await self.client.update(first.id, request)
            } else {
                _ = try await self.client.create(request)
            }
        } catch {
            self.logger.warning(
                "the VTN does not notify us: polling only", metadata: ["reason": "\(error)"])
        }
    }
}
