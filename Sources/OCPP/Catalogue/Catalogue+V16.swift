extension Catalogue {
    /// What charge points of 1.6 say.
    static let station16: [Entry] = [
        Entry(V16.AuthorizeRequest.self, .station, [.v16]),
        Entry(V16.BootNotificationRequest.self, .station, [.v16]),
        Entry(V16.DataTransferRequest.self, .either, [.v16]),
        Entry(V16.DiagnosticsStatusNotificationRequest.self, .station, [.v16]),
        Entry(V16.FirmwareStatusNotificationRequest.self, .station, [.v16]),
        Entry(V2.HeartbeatRequest.self, .station, [.v16]),
        Entry(V16.LogStatusNotificationRequest.self, .station, [.v16]),
        Entry(V16.MeterValuesRequest.self, .station, [.v16]),
        Entry(V16.SecurityEventNotificationRequest.self, .station, [.v16]),
        Entry(V16.SignCertificateRequest.self, .station, [.v16]),
        Entry(V16.SignedFirmwareStatusNotificationRequest.self, .station, [.v16]),
        Entry(V16.StartTransactionRequest.self, .station, [.v16]),
        Entry(V16.StatusNotificationRequest.self, .station, [.v16]),
        Entry(V16.StopTransactionRequest.self, .station, [.v16]),
    ]

    /// What we may say to them.
    static let csms16: [Entry] = [
        Entry(V16.CancelReservationRequest.self, .csms, [.v16]),
        Entry(V16.CertificateSignedRequest.self, .csms, [.v16]),
        Entry(V16.ChangeAvailabilityRequest.self, .csms, [.v16]),
        Entry(V16.ChangeConfigurationRequest.self, .csms, [.v16]),
        Entry(V16.ClearCacheRequest.self, .csms, [.v16]),
        Entry(V16.ClearChargingProfileRequest.self, .csms, [.v16]),
        Entry(V16.DeleteCertificateRequest.self, .csms, [.v16]),
        Entry(V16.ExtendedTriggerMessageRequest.self, .csms, [.v16]),
        Entry(V16.GetCompositeScheduleRequest.self, .csms, [.v16]),
        Entry(V16.GetConfigurationRequest.self, .csms, [.v16]),
        Entry(V16.GetDiagnosticsRequest.self, .csms, [.v16]),
        Entry(V16.GetInstalledCertificateIdsRequest.self, .csms, [.v16]),
        Entry(V16.GetLocalListVersionRequest.self, .csms, [.v16]),
        Entry(V16.GetLogRequest.self, .csms, [.v16]),
        Entry(V16.InstallCertificateRequest.self, .csms, [.v16]),
        Entry(V16.RemoteStartTransactionRequest.self, .csms, [.v16]),
        Entry(V16.RemoteStopTransactionRequest.self, .csms, [.v16]),
        Entry(V16.ReserveNowRequest.self, .csms, [.v16]),
        Entry(V16.ResetRequest.self, .csms, [.v16]),
        Entry(V16.SendLocalListRequest.self, .csms, [.v16]),
        Entry(V16.SetChargingProfileRequest.self, .csms, [.v16]),
        Entry(V16.SignedUpdateFirmwareRequest.self, .csms, [.v16]),
        Entry(V16.TriggerMessageRequest.self, .csms, [.v16]),
        Entry(V16.UnlockConnectorRequest.self, .csms, [.v16]),
        Entry(V16.UpdateFirmwareRequest.self, .csms, [.v16]),
    ]
}
