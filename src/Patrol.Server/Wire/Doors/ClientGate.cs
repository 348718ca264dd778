using System.Net.Http.Headers;
using System.Text;
using Patrol.Server.Clients;

namespace Patrol.Server.Wire.Doors;

/// <summary>Which service asks: Basic with its id and secret, or both in the form (RFC 6749, 2.3.1).</summary>
internal sealed class ClientGate(KnownClients clients)
{
    public const string Challenge = "Basic realm=\"Patrol\"";
    public const string Advice = "Present the credentials of a service as Basic; an administrator makes them at /api/patrol/v1/clients.";

    /// <summary>The service, or null if it is none.</summary>
    public async ValueTask<Client?> Find(HttpRequest request, IFormCollection? form)
    {
        var authorization = request.Headers.Authorization;
        if (authorization.Count > 1)
            return null;
        if (authorization.Count == 0)
            return form is { } fields && fields["client_id"].Count == 1 && fields["client_secret"].Count == 1 ? await clients.Find(fields["client_id"]!, fields["client_secret"]!) : null;
        return ReadBasic(authorization.ToString()) is var (id, secret) ? await clients.Find(id, secret) : null;
    }

    private static (string Id, string Secret)? ReadBasic(string authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || header.Parameter is not { } parameter || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
            return null;
        // Neither id nor secret holds anything that RFC 6749 would encode.
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':');
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }
}
