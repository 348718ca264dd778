using System.Collections.Concurrent;
using System.Security.Claims;
using Notes;
using Patrol.AspNetCore;

// A small service whose callers present Patrol's tokens: who may read may see the notes, who may do everything may add one.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication().AddPatrol(options => builder.Configuration.Bind("Patrol", options));
builder.Services.AddAuthorization();

var app = builder.Build();
var notes = new ConcurrentQueue<Note>();

app.MapGet("/notes", () => notes).RequirePatrolScope("read_api");
app.MapPost("/notes", (NewNote note, ClaimsPrincipal user) =>
{
    notes.Enqueue(new Note(user.Identity!.Name!, note.Text));
    return TypedResults.Created();
}).RequirePatrolScope("api");
app.MapGet("/me", (ClaimsPrincipal user) => new { user = user.Identity!.Name, scopes = user.FindAll(PatrolClaims.Scope).Select(claim => claim.Value) }).RequireAuthorization();

await app.RunAsync();
