using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Closes connections of addresses that open too many, before TLS and HTTP/2 have cost anything.</summary>
internal static class ConnectionGuard
{
    /// <summary>Puts a guard before a port; to be called before its TLS is set up.</summary>
    internal static void Put(ListenOptions port, int perSecond)
    {
        AddressRates rates = new(perSecond, TimeProvider.System);
        port.Use(next => connection =>
        {
            if (connection.RemoteEndPoint is not IPEndPoint caller || rates.TryTake(caller.Address)) return next(connection);
            ConnectionTelemetry.Refused.Add(1);
            connection.Abort(new ConnectionAbortedException("The caller's address opens more connections than it may."));
            return Task.CompletedTask;
        });
    }
}
