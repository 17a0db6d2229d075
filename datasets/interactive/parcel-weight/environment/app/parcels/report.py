from parcels.label import is_heavy


def total(parcels):
    return sum(parcel.wt for parcel in parcels)


def summary(parcels):
    heavy = [parcel.code for parcel in parcels if is_heavy(parcel)]
    return {"count": len(parcels), "total": total(parcels), "heavy": heavy}
