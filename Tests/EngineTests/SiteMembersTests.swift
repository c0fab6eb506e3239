import Domain
import Fleet
import Testing

@testable import Engine

@Suite struct SiteMembersTests {
    @Test func everyoneIsFoundAtTheirSiteInOrder() {
        var random = SeededGenerator(seed: 5)
        for count in [0, 1, 7, 300] {
            let sites = (0..<count).map { _ in
                let site = UInt32(random.next() % 6)
                return site == 5 ? VehicleLine.none : site
            }
            let members = SiteMembers(sites, sites: 5)
            for site in 0..<5 {
                #expect(Array(members[site]) == sites.indices.filter { sites[$0] == UInt32(site) })
            }
        }
    }
}
