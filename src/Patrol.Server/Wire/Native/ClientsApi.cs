using Microsoft.AspNetCore.Http.HttpResults;
using Patrol.Core.Results;
using Patrol.Server.Clients;
using Patrol.Server.Registry;

namespace Patrol.Server.Wire.Native;

/// <summary>What services need of an administrator: credentials to ask about tokens, and the keys that sign for a container registry.</summary>
internal static class ClientsApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/clients", Create).WithSummary("Give a service credentials to introspect tokens");
        api.MapGet("/clients", List).WithSummary("The services that may introspect tokens");
        api.MapDelete("/clients/{id:long}", Revoke).WithSummary("End a service's credentials").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/registry/keys", Keys).WithSummary("The keys that sign the container registry's tokens; the first one signs");
        api.MapPost("/registry/keys", AddKey).WithSummary("Make a key and publish its certificate; it does not sign yet");
        api.MapPost("/registry/keys/{kid}/use", UseKey).WithSummary("Let a key sign").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapDelete("/registry/keys/{kid}", RetireKey).WithSummary("Take a key out of what is published")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Created<NewClient>, ProblemHttpResult>> Create(NativeCaller native, NewClientRequest body, CreateClient create)
    {
        if (!(await create.Handle(native.Caller, body.Name, native.Now)).Succeeded(out var made, out var refusal))
            return NativeApi.Problem(refusal);
        var (client, secret) = made;
        return TypedResults.Created($"{NativeApi.Root}/clients/{client.Id}", new NewClient(NativeClient.From(client), client.ClientId, secret.Reveal()));
    }

    private static async Task<Ok<NativeClient[]>> List(KnownClients clients) => TypedResults.Ok((await clients.All()).Select(NativeClient.From).ToArray());

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(NativeCaller native, long id, RevokeClient revoke) =>
        await revoke.Handle(native.Caller, id, native.Now) ? TypedResults.NoContent() : NativeApi.Problem(new Refusal.NotFound("Client"));

    private static async Task<Ok<NativeKey[]>> Keys(NativeCaller native, SigningKeys keys) =>
        TypedResults.Ok((await keys.Published(native.Now)).Select(NativeKey.From).ToArray());

    private static async Task<Created<NativeKey>> AddKey(NativeCaller native, SigningKeys keys)
    {
        // The first one is made by being asked for, and signs.
        await keys.Published(native.Now);
        var key = await keys.Add(native.Caller, native.Now);
        return TypedResults.Created($"{NativeApi.Root}/registry/keys/{key.Kid}", NativeKey.From(key));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UseKey(NativeCaller native, string kid, SigningKeys keys) =>
        (await keys.Use(native.Caller, kid, native.Now)).Refusal is { } refusal ? NativeApi.Problem(refusal) : TypedResults.NoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> RetireKey(NativeCaller native, string kid, SigningKeys keys) =>
        (await keys.Retire(native.Caller, kid, native.Now)).Refusal is { } refusal ? NativeApi.Problem(refusal) : TypedResults.NoContent();
}

/// <summary>What a service is to be called.</summary>
internal sealed record NewClientRequest
{
    public required string Name { get; init; }
}

/// <summary>A service that may introspect tokens.</summary>
internal sealed record NativeClient(long Id, string ClientId, string Name, long? CreatedBy, DateTimeOffset CreatedAt)
{
    public static NativeClient From(Client client) => new(client.Id, client.ClientId, client.Name, client.CreatedBy, DateTimeOffset.FromUnixTimeMilliseconds(client.CreatedAt));
}

/// <summary>A new service's credentials; the secret is shown this once.</summary>
internal sealed record NewClient(NativeClient Details, string ClientId, string ClientSecret);

/// <summary>A key that signs, or is to sign, the container registry's tokens.</summary>
internal sealed record NativeKey(string Kid, DateTimeOffset CreatedAt, DateTimeOffset? UsedSince, string Certificate)
{
    public static NativeKey From(SigningKey key) => new(key.Kid, key.CreatedAt, key.UsedSince, key.Certificate.ExportCertificatePem());
}
